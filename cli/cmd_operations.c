/* sheepsim operations: the protocols' lists of operations, and what is in their headers. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "sheepsim/sheepsim.h"

static const char *const protocols[] = {"frontend", "peer", "driver", "admin"};

#define NR_PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

/* ------------------------------------------------------------------ lists */

static void print_row(const struct sheepsim_operation_info *o)
{
	printf("0x%02x  %-24s %-8s %-6s %-7s %s", o->opcode, o->name, o->runs,
	       o->while_waiting ? "yes" : "", o->logged ? "yes" : "", o->since);
	if (o->obsolete)
		printf(", until %s", o->until);
	printf("\n");
}

static void print_lists(void)
{
	const struct sheepsim_operation_info *o;

	for (size_t i = 0; i < NR_PROTOCOLS; i++) {
		printf("%s%-30s %-8s %-6s %-7s %s\n", i > 0 ? "\n" : "", protocols[i], "runs on",
		       "early", "logged", "since");
		for (unsigned k = 0; (o = sheepsim_operation_info(k)) != NULL; k++) {
			if (strcmp(o->protocol, protocols[i]) == 0)
				print_row(o);
		}
	}
}

/* ------------------------------------------------------------------ details */

static void print_field(void *arg, const struct sheepsim_field *f)
{
	const bool *answer = arg;

	/* What all headers have stands elsewhere. */
	if (f->offset < 16 || (*answer && strcmp(f->name, "result") == 0))
		return;
	printf(" %s (%u", f->name, (unsigned)f->offset);
	if (f->len > 1)
		printf("-%u", (unsigned)(f->offset + f->len - 1));
	printf(")");
}

/* The fields of the variant of a header, with the first and the last byte of each. */
static void print_header(const struct sheepsim_operation_info *o, bool answer)
{
	uint8_t request[48] = {0, o->opcode}, rsp[48] = {0, o->opcode};

	sheepsim_message_fields(request, answer ? rsp : NULL, NULL, 0, print_field, &answer);
}

static void print_details(const struct sheepsim_operation_info *info)
{
	struct sheepsim_operation_info o = *info;

	printf("%s, 0x%02x, %s protocol\n", o.name, o.opcode, o.protocol);
	printf("  since      %s", o.since);
	if (o.obsolete)
		printf("; obsolete since %s", o.until);
	printf("\n  runs on    %s\n", o.runs_words);
	printf("  needs      %s\n",
	       o.while_waiting ? "nothing" : "a formatted cluster that serves");
	if (o.logged)
		printf("  logged     as administrative\n");
	printf("  request    %s:", o.request);
	print_header(&o, false);
	printf("\n  payload    %s\n", o.sends);
	printf("  answer     %s: result (16-19)", o.answer);
	print_header(&o, true);
	printf("\n  payload    %s\n", o.gets);
}

static bool print_named(const char *name)
{
	const struct sheepsim_operation_info *o;
	char number[8];

	for (unsigned i = 0; (o = sheepsim_operation_info(i)) != NULL; i++) {
		snprintf(number, sizeof(number), "0x%02x", o->opcode);
		if (strcasecmp(o->name, name) == 0 || strcasecmp(number, name) == 0) {
			print_details(o);
			return true;
		}
	}
	return false;
}

/* ------------------------------------------------------------------ a document */

static void print_markdown_row(const struct sheepsim_operation_info *info)
{
	struct sheepsim_operation_info o = *info;

	printf("| 0x%02x | %s | %s | %s | %s | %s%s%s | %s:", o.opcode, o.name, o.runs,
	       o.while_waiting ? "yes" : "", o.logged ? "yes" : "", o.since,
	       o.obsolete ? ", until " : "", o.until, o.request);
	print_header(&o, false);
	printf(" | %s | %s:", o.sends, o.answer);
	print_header(&o, true);
	printf(" | %s |\n", o.gets);
}

static void print_markdown(void)
{
	const struct sheepsim_operation_info *o;

	printf("# Operations\n\nMade from the lists of operations by `sheepsim operations "
	       "--markdown`. Numbers in parentheses are the first and the last byte of a field "
	       "in its header.\n");
	for (size_t i = 0; i < NR_PROTOCOLS; i++) {
		printf("\n## The %s protocol\n\n", protocols[i]);
		printf("| opcode | name | runs on | early | logged | since | request | payload | "
		       "answer | payload |\n");
		printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
		for (unsigned k = 0; (o = sheepsim_operation_info(k)) != NULL; k++) {
			if (strcmp(o->protocol, protocols[i]) == 0)
				print_markdown_row(o);
		}
	}
}

int cmd_operations(int argc, char **argv)
{
	static const struct option known[] = {
		{"markdown", no_argument, NULL, 'm'},
		{NULL, 0, NULL, 0},
	};
	bool markdown = false;
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c != 'm')
			return EXIT_USAGE;
		markdown = true;
	}
	if (markdown && optind < argc)
		return usage_error("operations", "--markdown lists all of them");
	if (markdown)
		print_markdown();
	else if (optind == argc)
		print_lists();
	for (int i = optind; i < argc; i++) {
		if (i > optind)
			printf("\n");
		if (!print_named(argv[i]))
			return usage_error("operations", "there is no operation `%s'", argv[i]);
	}
	return EXIT_PASSED;
}
