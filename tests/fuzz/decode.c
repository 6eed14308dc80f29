/*
 * The subcommand that decodes traffic, on any file: it ends, with a code that it knows, and words
 * where it complains.
 *
 * Input: 1 byte (how it is shown), the file.
 *
 * A line `len N' of the text format is a payload of N zeros, whole inodes in most of what was
 * captured: a few hundred bytes of input for 12 MiB that have to be kept and looked at, and again
 * for each message. Who mutates them finds nothing new, slowly, so only one value in 16 of the
 * first byte lets them in.
 */
#include "file.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
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

/* Does it name a length of LONG_DIGITS digits or more? */
#define LONG_DIGITS 6

static bool has_long_payload(const uint8_t *at, size_t len)
{
	const uint8_t *end = at + len, *p = at;

	while ((p = memmem(p, (size_t)(end - p), "len ", 4)) != NULL) {
		size_t digits = 0;

		p += 4;
		while (p + digits < end && p[digits] >= '0' && p[digits] <= '9')
			digits++;
		if (digits >= LONG_DIGITS)
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "decode", verbose[] = "-v", json[] = "--json", errors[] = "--errors";
	static FILE *nowhere;
	struct input in = {data, size};
	uint8_t how = take_u8(&in);
	char path[INPUT_PATH_MAX];
	char *argv[8] = {name};
	int argc = 1, code, fd;
	FILE *real = stdout;

	if (has_long_payload(in.at, in.left) && how >> 4 != 0xf)
		return -1; /* nor is it worth keeping */
	fd = input_file(in.at, in.left, path);
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
