/* What comes late: segments that are sent again, and answers to one of many requests. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

static void put_le32(uint8_t *bytes, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(v >> 8 * i);
}

#define WRITTEN (UINT32_C(4) << 20)
#define MSS	1448

/* A segment is lost, and sent again when all that was under way behind it has come. */
static void a_segment_that_is_sent_again_late_finds_its_place(void **state)
{
	uint8_t head[48], *bytes;
	struct tape t = {0};
	struct outcome o;
	unsigned c = tape_conn(&t);
	size_t len, first;

	(void)state;
	memcpy(head, write_obj, sizeof(head));
	put_le32(head + 12, WRITTEN);
	bytes = message(head, WRITTEN, &len);
	for (size_t i = 48; i < len; i++)
		bytes[i] = (uint8_t)(i % 251 + 1);
	tape_open(&t, c, EPOCH);
	first = t.nr;
	tape_say(&t, c, false, EPOCH + 1 * MS, bytes, len, MSS);
	tape_move(&t, first + 1, t.nr - 1);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 0);
	assert_has(&o, "| 4194304 bytes, sha1 ");
	assert_has(&o, "1 message on 1 connection; 1 request, 1 without an answer\n");
	outcome_free(&o);

	/* The other way round: the last one first. */
	for (size_t i = first; i < t.nr; i++)
		tape_move(&t, t.nr - 1, i);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 0);
	assert_has(&o, "| 4194304 bytes, sha1 ");
	outcome_free(&o);
	tape_free(&t);
	free(bytes);
}

#define ASKED 300u

/* Pairs of requests with one id; answers come from the last pair to the first. */
static void say_pairs(struct tape *t)
{
	unsigned c = tape_conn(t);
	uint8_t head[48];

	tape_open(t, c, EPOCH);
	memcpy(head, read_obj, sizeof(head));
	for (unsigned i = 0; i < ASKED; i++) {
		put_le32(head + 8, i / 2);
		tape_say(t, c, false, EPOCH + 1 * MS, head, sizeof(head), sizeof(head));
	}
	memcpy(head, no_obj, sizeof(head));
	for (unsigned i = 0; i < ASKED; i++) {
		put_le32(head + 8, (ASKED - 1 - i) / 2);
		tape_say(t, c, true, EPOCH + 2 * MS, head, sizeof(head), sizeof(head));
	}
}

static void an_answer_is_to_the_oldest_request_with_its_id(void **state)
{
	struct tape t = {0};
	struct outcome o;
	unsigned answers = 0;

	(void)state;
	say_pairs(&t);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 0);
	for (char *line = strtok(o.out, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char words[40];

		if (strstr(line, " < ") == NULL)
			continue;
		/* Of the last pair, the first one first. */
		snprintf(words, sizeof(words), "(#%u, 1.000 ms)", ASKED - (answers ^ 1));
		assert_non_null(strstr(line, words));
		answers++;
	}
	assert_int_equal(answers, ASKED);
	outcome_free(&o);
	tape_free(&t);
}

int late_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_segment_that_is_sent_again_late_finds_its_place),
		cmocka_unit_test(an_answer_is_to_the_oldest_request_with_its_id),
	};

	return cmocka_run_group_tests_name("decode: what comes late", tests, NULL, NULL);
}
