/*
 * The sheepsim command: one file a subcommand, all on the public API only.
 */
#ifndef SHEEPSIM_CLI_CLI_H
#define SHEEPSIM_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the command ends, so that scripts can tell apart what happened. */
enum exit_code {
	EXIT_PASSED = 0,
	EXIT_FAILED = 1,      /* output differs, or an invariant is violated */
	EXIT_USAGE = 2,	      /* the command line, a scenario or another file is wrong */
	EXIT_NO_PROGRESS = 3, /* what was waited for did not come about */
	EXIT_VACUOUS = 4,     /* the run has tested nothing */
	EXIT_INTERNAL = 5,    /* an assertion or another fault of sheepsim itself */
};

struct subcommand {
	const char *name;
	const char *usage; /* what follows the name */
	const char *brief;
	const char *help;		   /* options, one a line */
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns an exit code */
};

/* All subcommands; ends with name NULL. */
extern const struct subcommand subcommands[];

int cmd_run(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_conform(int argc, char **argv);
int cmd_ctl(int argc, char **argv);
int cmd_decode(int argc, char **argv);
int cmd_quirks(int argc, char **argv);
int cmd_operations(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_versions(int argc, char **argv);

extern const char decode_help[];
extern const char serve_help[];
extern const char ctl_help[];

/* The lines of the page libsheepsim/LIVE.md; NULL after the last. */
extern const char *const live_manual[];

/* What `sheepsim NAME --help' prints. */
void print_help(const struct subcommand *s);

/* Complains on stderr, as "sheepsim NAME: words"; returns EXIT_USAGE. */
int usage_error(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
