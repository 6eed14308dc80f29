/* Any input: it is told what can be, and the rest is refused or passed over. The sanitizers watch;
 * JSON stays JSON. */
#include "rig.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

/* Numbers that look random, always the same. */
static uint32_t draw(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

/* ------------------------------------------------------------------ JSON */

static const char *json_value(const char *s);

static const char *json_string(const char *s)
{
	if (*s++ != '"')
		return NULL;
	for (; *s != '"'; s++) {
		if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f)
			return NULL;
		if (*s == '\\' && strchr("\"\\u", *++s) == NULL)
			return NULL;
	}
	return s + 1;
}

static const char *json_list(const char *s, char end, bool names)
{
	if (*++s == end)
		return s + 1;
	for (;; s++) {
		if (names) {
			s = json_string(s);
			if (s == NULL || *s++ != ':')
				return NULL;
		}
		s = json_value(s);
		if (s == NULL || *s == end)
			return s ? s + 1 : NULL;
		if (*s != ',')
			return NULL;
	}
}

static const char *json_value(const char *s)
{
	size_t len = strspn(s, "0123456789.");

	if (*s == '{')
		return json_list(s, '}', true);
	if (*s == '[')
		return json_list(s, ']', false);
	if (*s == '"')
		return json_string(s);
	if (strncmp(s, "true", 4) == 0)
		return s + 4;
	if (strncmp(s, "false", 5) == 0)
		return s + 5;
	return len > 0 ? s + len : NULL;
}

/* Every line is an object, and the last one tells how much there was. */
static void check_json(const struct outcome *o)
{
	const char *last = NULL;

	for (const char *line = o->out; *line != '\0';) {
		const char *end = *line == '{' ? json_value(line) : NULL;

		if (end == NULL || *end != '\n')
			fail_msg("this is no JSON: %.300s", line);
		last = line;
		line = end + 1;
	}
	assert_true(last == NULL || strncmp(last, "{\"type\":\"end\"", 13) == 0);
}

/* All ways to show it. */
static size_t check_input(const void *bytes, size_t len)
{
	static const char *const words[] = {"", "-v", "--json -vv", "--errors", "--json"};
	size_t codes = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct outcome o = decode_bytes(words[i], bytes, len);

		assert_in_range(o.code, 0, 2);
		assert_true(o.code != 2 || o.error[0] != '\0');
		if (strstr(words[i], "json") != NULL)
			check_json(&o);
		codes += (size_t)o.code;
		outcome_free(&o);
	}
	return codes;
}

/* ------------------------------------------------------------------ inputs */

static void a_conversation_may_end_anywhere(void **state)
{
	static const char *const names[] = {"/frontend/vdi_snapshot_missing.txt",
					    "/cluster/vdi_create.txt", "/shepherd/sph_join_0.txt"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char path[400];
		size_t len;
		char *text;

		snprintf(path, sizeof(path), "%s%s", VECTORS_DIR, names[i]);
		text = file_read(path, &len);
		assert_non_null(text);
		/* Text that nobody reads need not be cut at every place. */
		for (size_t end = 0; end < len; end += end < 600 ? 97 : 5)
			check_input(text, end);
		free(text);
	}
}

static void a_capture_may_end_anywhere(void **state)
{
	struct tape t = {0};
	size_t len, wrong = 0;
	uint8_t *file;

	(void)state;
	say_example(&t, 1000);
	file = tape_write(&t, &len);
	for (size_t end = 0; end < len; end += 11)
		wrong += check_input(file, end);
	assert_true(wrong > 0);
	free(file);
	tape_free(&t);
}

static void bytes_of_a_capture_may_be_anything(void **state)
{
	uint64_t seed = 1;
	size_t wrong = 0;

	(void)state;
	for (int round = 0; round < 150; round++) {
		struct tape t = {.file = (enum tape_file)(round % 4),
				 .link = (enum tape_link)(round % 6)};
		uint8_t *file;
		size_t len;

		say_example(&t, 300);
		file = tape_write(&t, &len);
		/* One byte of a hundred; lengths of packets too. */
		for (size_t i = 24; i < len; i++) {
			if (draw(&seed) % 200 == 0)
				file[i] = (uint8_t)draw(&seed);
		}
		wrong += check_input(file, len);
		free(file);
		tape_free(&t);
	}
	assert_true(wrong > 100);
}

/* What is said is broken, the packets are not: both sides, with bytes that are lost. */
static void what_is_said_may_be_anything(void **state)
{
	uint64_t seed = 2;
	size_t wrong = 0;

	(void)state;
	for (int round = 0; round < 150; round++) {
		struct tape t = {.snaplen = round % 5 == 0 ? 200 : 0};
		uint8_t *file;
		size_t len;

		say_example(&t, 100 + (size_t)round * 7);
		for (size_t i = 3; i < t.nr; i++) {
			struct tape_segment *s = &t.segments[i];

			for (size_t k = 0; k < s->len; k++) {
				if (draw(&seed) % 100 == 0)
					s->data[k] = (uint8_t)(draw(&seed) % (round % 2 ? 256 : 4));
			}
		}
		if (round % 3 == 0)
			tape_drop(&t, 3 + draw(&seed) % (t.nr - 4));
		file = tape_write(&t, &len);
		wrong += check_input(file, len);
		free(file);
		tape_free(&t);
	}
	assert_true(wrong > 100);
}

static void hexadecimal_digits_may_be_anything(void **state)
{
	uint64_t seed = 3;
	char text[1200];

	(void)state;
	for (int round = 0; round < 400; round++) {
		size_t len = draw(&seed) % sizeof(text);

		for (size_t i = 0; i < len; i++)
			text[i] = round % 2 ? "0123456789abcdef\n "[draw(&seed) % 18]
					    : "00000000000000012\n"[draw(&seed) % 18];
		check_input(text, len);
	}
}

int garbage_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conversation_may_end_anywhere),
		cmocka_unit_test(a_capture_may_end_anywhere),
		cmocka_unit_test(bytes_of_a_capture_may_be_anything),
		cmocka_unit_test(what_is_said_may_be_anything),
		cmocka_unit_test(hexadecimal_digits_may_be_anything),
	};

	return cmocka_run_group_tests_name("decode: any input", tests, NULL, NULL);
}
