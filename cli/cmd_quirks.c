/* sheepsim quirks: the weak spots of nodes that can be switched. */
#include <stdio.h>

#include "cli.h"
#include "sheepsim/sheepsim.h"

int cmd_quirks(int argc, char **argv)
{
	const struct sheepsim_quirk *q;

	if (argc > 1)
		return usage_error("quirks", "unexpected `%s'", argv[1]);
	printf("Usually on, as sheepdog has them (profile upstream); all off: profile "
	       "repaired.\n\n");
	for (unsigned int pass = 0; pass < 2; pass++) {
		if (pass == 1)
			printf("\nUsually off.\n\n");
		for (unsigned int i = 0; (q = sheepsim_quirk(i)) != NULL; i++) {
			if (q->usual == (pass == 0))
				printf("  %-22s %-5s %s\n", q->name, q->cites, q->words);
		}
	}
	return EXIT_PASSED;
}
