/* sheepsim versions: what this build speaks. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "sheepsim/sheepsim.h"

/* A row without blanks at its end. */
static void print_row(const char *protocol, const char *version, const char *releases,
		      const char *words)
{
	printf("%-10s %-8s ", protocol, version);
	if (words[0] != '\0')
		printf("%-18s %s\n", releases, words);
	else
		printf("%s\n", releases);
}

int cmd_versions(int argc, char **argv)
{
	const struct sheepsim_dialect *d;
	const char *protocol = "", *name, *who;
	char words[80];

	if (argc > 1)
		return usage_error("versions", "unexpected `%s'", argv[1]);
	print_row("protocol", "version", "sheepdog", "");
	for (unsigned int i = 0; (d = sheepsim_dialect(i)) != NULL; i++) {
		snprintf(words, sizeof(words), "%s%s%s", d->usual ? "usual" : "",
			 d->usual && d->note[0] != '\0' ? "; " : "", d->note);
		print_row(strcmp(d->protocol, protocol) != 0 ? d->protocol : "", d->version,
			  d->releases, words);
		protocol = d->protocol;
	}
	for (unsigned int i = 0; (name = sheepsim_client_dialect(i, &who)) != NULL; i++)
		printf("%-10s %-27s %s\n", i == 0 ? "client" : "", name, who);
	return EXIT_PASSED;
}
