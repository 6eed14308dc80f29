/*
 * The subcommand that decodes traffic, on any file: it ends, with a code that it knows, and words
 * where it complains.
 *
 * Input: 1 byte (how it is shown), the file.
 */
#include "file.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "../../cli/cli.h"

static char complaint[800];

/* The one of the command prints; this one only keeps. */
int usage_error(const char *name, const char *format, ...)
{
	va_list args;

	assert(name != NULL);
	va_start(args, format);
	vsnprintf(complaint, sizeof(complaint), format, args);
	va_end(args);
	return EXIT_USAGE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "decode", verbose[] = "-v", json[] = "--json", errors[] = "--errors";
	static FILE *nowhere;
	struct input in = {data, size};
	uint8_t how = take_u8(&in);
	char path[INPUT_PATH_MAX];
	int fd = input_file(in.at, in.left, path);
	char *argv[8] = {name};
	int argc = 1, code;
	FILE *real = stdout;

	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	if (how & 1)
		argv[argc++] = verbose;
	if (how & 2)
		argv[argc++] = json;
	if (how & 4)
		argv[argc++] = errors;
	argv[argc++] = path;
	complaint[0] = '\0';
	optind = 0;
	stdout = nowhere;
	code = cmd_decode(argc, argv);
	stdout = real;
	assert(code >= EXIT_PASSED && code <= EXIT_USAGE);
	assert((code == EXIT_USAGE) == (complaint[0] != '\0'));
	close(fd);
	return 0;
}
