#include "rig.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "files.h"

/* The real one stands with main(): this one keeps the words. */
static char complaint[600];

int usage_error(const char *name, const char *format, ...)
{
	va_list args;

	assert_string_equal(name, "decode");
	va_start(args, format);
	vsnprintf(complaint, sizeof(complaint), format, args);
	va_end(args);
	return EXIT_USAGE;
}

/* ------------------------------------------------------------------ running it */

static struct outcome run(const char *words, const char *path)
{
	struct outcome o = {0};
	char *copy = strdup(words), *state = NULL;
	char name[] = "decode";
	char *argv[32] = {name};
	int argc = 1;
	FILE *real = stdout;
	size_t len;

	for (char *w = strtok_r(copy, " ", &state); w; w = strtok_r(NULL, " ", &state))
		argv[argc++] = w;
	if (path)
		argv[argc++] = (char *)(uintptr_t)path;
	complaint[0] = '\0';
	optind = 0;
	opterr = 0;
	stdout = open_memstream(&o.out, &len);
	assert_non_null(stdout);
	o.code = cmd_decode(argc, argv);
	fclose(stdout);
	stdout = real;
	snprintf(o.error, sizeof(o.error), "%s", complaint);
	free(copy);
	return o;
}

struct outcome decode_bytes(const char *words, const void *bytes, size_t len)
{
	char path[] = "/tmp/sheepsim-decode-XXXXXX";
	int fd = mkstemp(path);
	struct outcome o;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
	o = run(words, path);
	unlink(path);
	return o;
}

struct outcome decode_text(const char *words, const char *text)
{
	return decode_bytes(words, text, strlen(text));
}

struct outcome decode_tape(const char *words, const struct tape *tape)
{
	size_t len;
	uint8_t *bytes = tape_write(tape, &len);
	struct outcome o = decode_bytes(words, bytes, len);

	free(bytes);
	return o;
}

struct outcome decode_input(const char *words, const void *input, size_t len)
{
	int pipes[2], saved = dup(STDIN_FILENO);
	struct outcome o;

	/* What fits into a pipe is written before it is read. */
	assert_true(len <= 65536 && pipe(pipes) == 0);
	if (len > 0)
		assert_int_equal(write(pipes[1], input, len), len);
	close(pipes[1]);
	dup2(pipes[0], STDIN_FILENO);
	close(pipes[0]);
	o = run(words, NULL);
	dup2(saved, STDIN_FILENO);
	close(saved);
	return o;
}

void outcome_free(struct outcome *o)
{
	free(o->out);
	*o = (struct outcome){0};
}

void assert_out(const struct outcome *o, int code, const char *expected)
{
	if (o->code != code)
		fail_msg("ends with %d, not %d; %s\n%s", o->code, code, o->error, o->out);
	if (strcmp(o->out, expected) != 0)
		fail_msg("this came:\n%s\nand this was expected:\n%s", o->out, expected);
}

void assert_has(const struct outcome *o, const char *words)
{
	if (strstr(o->out, words) == NULL)
		fail_msg("`%s' is not in (code %d, %s):\n%s", words, o->code, o->error, o->out);
}

void assert_lacks(const struct outcome *o, const char *words)
{
	if (strstr(o->out, words) != NULL)
		fail_msg("`%s' is in:\n%s", words, o->out);
}

size_t count_of(const struct outcome *o, const char *words)
{
	size_t n = 0;

	for (const char *at = o->out; (at = strstr(at, words)) != NULL; at++)
		n++;
	return n;
}

/* ------------------------------------------------------------------ messages */

const uint8_t get_vdi_info[48] = {0x02, 0x14, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02};
const uint8_t vdi_info[48] = {[1] = 0x14, [4] = 1, [24] = 0x2b, 0x20, 0xed, 0, [32] = 3, 22};
const uint8_t write_obj[48] = {[1] = 0x03, 0x09, [8] = 7, [13] = 0x10, [20] = 0x2b,
			       0x20,	   0xed, 0,	  [32] = 3};
const uint8_t written[48] = {[1] = 0x03, [4] = 1, [8] = 7};
const uint8_t read_obj[48] = {
	1, 0x02, 0x08, [8] = 8, [13] = 0x10, [16] = 5, [20] = 0x2b, 0x20, 0xed, 0, [32] = 3};
const uint8_t no_obj[48] = {[1] = 0x02, [4] = 1, [8] = 8, [16] = 2};
const uint8_t read_again[48] = {
	1, 0x02, 0x08, [8] = 9, [13] = 0x10, [16] = 6, [20] = 0x2b, 0x20, 0xed, 0, [32] = 3};

uint8_t *message(const uint8_t head[48], size_t payload, size_t *len)
{
	uint8_t *bytes = need(calloc(1, 48 + payload));

	memcpy(bytes, head, 48);
	*len = 48 + payload;
	return bytes;
}

static void say(struct tape *t, unsigned conn, bool answer, uint64_t time, const uint8_t head[48],
		size_t payload, size_t size, const char *front)
{
	size_t len;
	uint8_t *bytes = message(head, payload, &len);

	memcpy(bytes + 48, front, strlen(front));
	tape_say(t, conn, answer, time, bytes, len, size);
	free(bytes);
}

void say_example(struct tape *t, size_t size)
{
	unsigned c = tape_conn(t);

	tape_open(t, c, EPOCH);
	say(t, c, false, EPOCH + 100 * US, get_vdi_info, NAMES, size, "alpha");
	say(t, c, true, EPOCH + 350 * US, vdi_info, 0, size, "");
	say(t, c, false, EPOCH + 1 * MS, write_obj, 4096, size, "some bytes");
	say(t, c, false, EPOCH + 2 * MS, read_obj, 0, size, "");
	say(t, c, true, EPOCH + 3 * MS, no_obj, 0, size, "");
	say(t, c, true, EPOCH + 13 * MS + 5 * US, written, 0, size, "");
	say(t, c, false, EPOCH + 14 * MS, read_again, 0, size, "");
	tape_flags(t, c, false, EPOCH + 5000 * MS, TAPE_RST);
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	return packets_tests() + streams_tests() + late_tests() + older_tests() + drivers_tests() +
	       text_tests() + hex_tests() + filter_tests() + captured_tests() + garbage_tests();
}
