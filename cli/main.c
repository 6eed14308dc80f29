/* The sheepsim command: finds the subcommand. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "sheepsim/sheepsim.h"

const struct subcommand subcommands[] = {
	{"run", "[OPTION]... FILE|DIRECTORY...", "runs scenarios and compares their output",
	 "  --seed N     another seed than the scenario's own\n"
	 "  --quirks Q   switch weak spots of nodes, more than the scenario's own words do:\n"
	 "               -stale-read repairs one, stale-read brings it back, repaired is all off,\n"
	 "               upstream all as usual (`sheepsim quirks' lists them)\n"
	 "  --update     rewrite the expected output, where the run allows it\n"
	 "  --verify     run twice, and show the first event that differs\n"
	 "  --log        print one line for every event\n"
	 "  --digest     print the digests of each run\n"
	 "  --store S    where disks are: in memory, or in a file (sqlite), where a scenario does\n"
	 "               not say it itself; with --verify, one run in memory and one there\n"
	 "  --directory D  where files of scenarios are; else in one that is gone afterwards\n"
	 "  --database F  add every event of the runs to the SQLite database F\n"
	 "Of a directory, all files below it that end with .scn are run, in sorted order.\n"
	 "Ends with 0: all passed, 1: failed, 2: bad usage or scenario, 3: no progress,\n"
	 "4: the run tested nothing, 5: internal error.\n",
	 cmd_run},
	{"conform", "[OPTION]... SEQUENCE...",
	 "plays captured conversations of real sheepdog, and compares",
	 "  --mask FILE  bytes that are not compared, besides the built-in ones\n"
	 "  --masks      print the built-in ones, which show the format, and what else is not\n"
	 "               compared of what nodes say to each other\n"
	 "  --verbose    print all differences, not only the first of each step\n"
	 "  --tcp        the nodes listen on sockets, and the clients come over TCP\n"
	 "  --dog        dog's commands are not sent as they were captured, but run by sheepsim's\n"
	 "               own dog; what that sends, prints and ends with is compared\n"
	 "A sequence is a file that tells what was done to a cluster; the conversations are in\n"
	 "../frontend, ../admin and ../setup, seen from there. Compared are the answers that\n"
	 "clients get, and where ../peer and ../cluster have them, what nodes say to each other\n"
	 "and to the cluster driver.\n"
	 "Ends with 0: all is equal, 1: something differs, 2: bad usage or sequence,\n"
	 "4: nothing is wrong, but a sequence was left out, 5: internal error.\n",
	 cmd_conform},
	{"decode", "[OPTION]... [FILE]...", "prints captured traffic in words", decode_help,
	 cmd_decode},
	{"serve", "[OPTION]... FILE", "lets a cluster be used by real programs", serve_help,
	 cmd_serve},
	{"ctl", "[OPTION]... SOCKET [COMMAND]...", "commands a cluster that is served", ctl_help,
	 cmd_ctl},
	{"versions", "", "lists the versions of the protocols that this build speaks", "",
	 cmd_versions},
	{"quirks", "", "lists the weak spots of nodes that can be switched", "", cmd_quirks},
	{"operations", "[--markdown] [NAME]...",
	 "lists the operations of the protocols, or tells all about some",
	 "  --markdown   the lists as a document\n"
	 "Columns: opcode, name, where it runs (gateway: forwarded to the nodes that have the\n"
	 "object; peer: on the receiver's objects; local: on the receiver; notify: on every node;\n"
	 "block: on the receiver alone, then on every node; none: nowhere), early (it is accepted\n"
	 "before format, and while members are missing), whether it is logged\n"
	 "as administrative, the release that brought it, and the one that took it away.\n",
	 cmd_operations},
	{"help", "[COMMAND]", "tells about a command, or lists those of the scenario language",
	 "COMMAND may be one of the scenario language, or of sheepsim; `live' is the manual of "
	 "live\n"
	 "mode: `sheepsim serve' and `sheepsim ctl'.\n",
	 cmd_help},
	{NULL, NULL, NULL, NULL, NULL},
};

static void print_usage(FILE *to)
{
	fprintf(to, "usage: sheepsim COMMAND [ARGUMENT]...\n"
		    "       sheepsim --help | --version\n\n");
	for (const struct subcommand *s = subcommands; s->name != NULL; s++)
		fprintf(to, "  %-10s %s\n", s->name, s->brief);
	fprintf(to, "\n`sheepsim COMMAND --help' tells more.\n");
}

int usage_error(const char *name, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "sheepsim%s%s: ", name != NULL ? " " : "", name != NULL ? name : "");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	return EXIT_USAGE;
}

void print_help(const struct subcommand *s)
{
	printf("usage: sheepsim %s %s\n%s\n\n%s", s->name, s->usage, s->brief, s->help);
}

static int run_subcommand(const struct subcommand *s, int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		print_help(s);
		return EXIT_PASSED;
	}
	return s->run(argc, argv);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("sheepsim %s\n", SHEEPSIM_VERSION);
		return EXIT_PASSED;
	}
	if (strcmp(argv[1], "--help") == 0) {
		print_usage(stdout);
		return EXIT_PASSED;
	}
	for (const struct subcommand *s = subcommands; s->name != NULL; s++) {
		if (strcmp(s->name, argv[1]) == 0)
			return run_subcommand(s, argc - 1, argv + 1);
	}
	usage_error(NULL, "there is no command `%s'", argv[1]);
	print_usage(stderr);
	return EXIT_USAGE;
}
