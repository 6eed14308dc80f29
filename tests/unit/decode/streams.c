/* Segments may come cut, late, twice, or not at all: what can be told of the messages is told. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

/* The example as one segment for each message. */
static char *expected_out(void)
{
	struct tape t = {0};
	struct outcome o;

	say_example(&t, 100000);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 0);
	assert_int_equal(count_of(&o, "\n"), 13);
	tape_free(&t);
	return o.out;
}

static void segments_may_be_cut_anywhere(void **state)
{
	static const size_t sizes[] = {1, 2, 3, 7, 16, 47, 48, 49, 100, 511, 560, 561, 1459};
	char *expected = expected_out();

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct tape t = {0};
		struct outcome o;

		say_example(&t, sizes[i]);
		o = decode_tape("", &t);
		assert_out(&o, 0, expected);
		outcome_free(&o);
		tape_free(&t);
	}
	free(expected);
}

static void sequence_numbers_may_wrap(void **state)
{
	char *expected = expected_out();

	(void)state;
	for (uint32_t before = 0; before < 6000; before += 173) {
		struct tape t = {0};
		struct outcome o;

		say_example(&t, 100);
		for (size_t i = 0; i < t.nr; i++) {
			uint32_t shift = UINT32_MAX - 1000 - before;

			t.segments[i].seq += t.segments[i].answer ? 77 : shift;
			t.segments[i].ack += t.segments[i].answer ? shift : 77;
		}
		o = decode_tape("", &t);
		assert_out(&o, 0, expected);
		outcome_free(&o);
		tape_free(&t);
	}
	free(expected);
}

/* The first of the segments that carry bytes of a side, and how many follow it without a pause. */
static size_t run_of(const struct tape *t, uint64_t time, size_t *nr)
{
	size_t first = 0;

	while (t->segments[first].time != time || t->segments[first].len == 0)
		first++;
	*nr = 0;
	while (first + *nr < t->nr && t->segments[first + *nr].time == time)
		++*nr;
	return first;
}

static void segments_may_come_in_any_order(void **state)
{
	char *expected = expected_out();

	(void)state;
	for (size_t round = 0; round < 20; round++) {
		struct tape t = {0};
		struct outcome o;
		size_t first, nr;

		say_example(&t, 256);
		/* WRITE_OBJ: 17 segments of one moment. */
		first = run_of(&t, EPOCH + 1 * MS, &nr);
		assert_int_equal(nr, 17);
		for (size_t i = 0; i < nr; i++)
			tape_move(&t, first + (i * 7 + round) % nr, first + (i * round) % nr);
		o = decode_tape("", &t);
		assert_out(&o, 0, expected);
		outcome_free(&o);
		tape_free(&t);
	}
	free(expected);
}

static void segments_may_come_twice_and_overlap(void **state)
{
	char *expected = expected_out();

	(void)state;
	for (size_t step = 1; step < 9; step++) {
		struct tape t = {0};
		struct outcome o;
		size_t end, before;

		say_example(&t, 300);
		end = before = t.nr;
		/* Every so many segments, one comes again at once, with bytes of its neighbours. */
		for (size_t i = 3; i + 1 < end; i += step) {
			struct tape_segment *s = &t.segments[i];

			if (s[1].len < 50 || s[1].time != s->time)
				continue;
			tape_again(&t, i);
			s = &t.segments[t.nr - 1];
			s->data = need(realloc(s->data, s->len + 50));
			memcpy(s->data + s->len, t.segments[i + 1].data, 50);
			s->len += 50;
			tape_move(&t, t.nr - 1, step % 2 ? i : i + 1);
			end++;
			i++;
		}
		assert_true(t.nr > before);
		o = decode_tape("", &t);
		assert_out(&o, 0, expected);
		outcome_free(&o);
		tape_free(&t);
	}
	free(expected);
}

static void what_is_cut_off_packets_is_told(void **state)
{
	struct tape t = {.snaplen = 14 + 20 + 32 + 48 + 16};
	struct outcome o;

	(void)state;
	say_example(&t, 1460);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 0);
	/* The header is there, and 16 bytes of each segment. */
	assert_has(&o,
		   "GET_VDI_INFO         flags=WRITE len=512 | name=\"alpha\" | 496 of 512 bytes "
		   "not captured\n");
	assert_has(&o, "| 16 bytes, sha1 ");
	assert_has(&o, "| 3952 of 4096 bytes not captured\n");
	assert_int_equal(count_of(&o, " bytes not captured"), 3);
	assert_has(&o,
		   "7 messages on 1 connection; 4 requests, 1 without an answer; 1 answer other "
		   "than SUCCESS; 4448 bytes not captured; 4 packets cut short by the capture "
		   "(tcpdump -s 0 keeps them whole)\n");
	outcome_free(&o);

	o = decode_tape("--json", &t);
	assert_has(
		&o,
		"\"payload\":{\"length\":512,\"captured\":16,\"nonzero\":[[0,4]]},\"lost\":496}");
	outcome_free(&o);

	/* Too little for a header: nothing can be told, and nothing is wrong. */
	t.snaplen = 14 + 20 + 32 + 40;
	o = decode_tape("", &t);
	assert_int_equal(o.code, 0);
	assert_has(&o, "0 messages on 1 connection");
	assert_has(&o, "passed over 4800 bytes at 0 of the stream: bytes were not captured\n");
	outcome_free(&o);
	tape_free(&t);
}

/* The example with the k-th segment of the big write gone. */
static struct outcome without(size_t k, const char *words)
{
	struct tape t = {0};
	struct outcome o;
	size_t first, nr;

	say_example(&t, 512);
	first = run_of(&t, EPOCH + 1 * MS, &nr);
	assert_int_equal(nr, 9);
	tape_drop(&t, first + k);
	o = decode_tape(words, &t);
	tape_free(&t);
	return o;
}

static void lost_segments_cost_no_more_than_they_held(void **state)
{
	struct outcome o = without(4, "");

	(void)state;
	/* Within a payload its length is known. */
	assert_int_equal(o.code, 0);
	assert_has(&o, "| 512 of 4096 bytes not captured\n");
	assert_has(&o, "7 messages on 1 connection");
	assert_lacks(&o, "passed over");
	outcome_free(&o);

	/* With the header the message is gone, but not what follows it. */
	o = without(0, "");
	assert_int_equal(o.code, 0);
	assert_has(&o,
		   "1 > passed over 4144 bytes at 560 of the stream: bytes were not captured\n");
	assert_has(&o, "< WRITE_OBJ            SUCCESS id=7 epoch=1 len=0  (request not seen)\n");
	assert_int_equal(count_of(&o, " > READ_OBJ"), 3);
	assert_has(&o, "6 messages on 1 connection");
	outcome_free(&o);

	/* The last segment of a message, before the next. */
	o = without(8, "");
	assert_int_equal(o.code, 0);
	assert_has(&o, "| 48 of 4096 bytes not captured\n");
	assert_has(&o, "7 messages on 1 connection");
	outcome_free(&o);
}

/* What was acknowledged will not come any more: it need not be waited for up to the end. */
static void a_gap_is_given_up_when_the_receiver_has_what_is_missing(void **state)
{
	struct tape t = {0};
	struct outcome o;
	unsigned c = tape_conn(&t);

	(void)state;
	tape_open(&t, c, EPOCH);
	tape_say(&t, c, false, EPOCH + 1 * MS, read_obj, 48, 1460);
	tape_say(&t, c, false, EPOCH + 2 * MS, read_again, 48, 1460);
	tape_drop(&t, 3);
	for (unsigned i = 0; i < 30; i++)
		tape_flags(&t, c, true, EPOCH + (10 + i) * MS, TAPE_ACK);
	tape_flags(&t, c, false, EPOCH + 5000 * MS, TAPE_RST);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 0);
	assert_has(&o, "    1 22:13:20.018000   1 > READ_OBJ             v=1 flags=DIRECT id=9 ");
	assert_has(&o, "passed over 48 bytes at 0 of the stream: bytes were not captured\n");
	outcome_free(&o);

	/* As long as nobody says so, it may still come. */
	for (size_t i = 0; i < t.nr; i++) {
		if (t.segments[i].answer)
			t.segments[i].ack -= 96;
	}
	o = decode_tape("", &t);
	assert_has(&o, "    1 22:13:25.000000   1 > READ_OBJ             v=1 flags=DIRECT id=9 ");
	outcome_free(&o);

	/* Who answers has got it. */
	tape_say(&t, c, true, EPOCH + 3 * MS, no_obj, 48, 1460);
	tape_move(&t, t.nr - 1, 4);
	o = decode_tape("", &t);
	assert_has(&o, "    1 22:13:20.003000   1 > READ_OBJ             v=1 flags=DIRECT id=9 ");
	outcome_free(&o);
	tape_free(&t);
}

static void a_lost_answer_is_not_taken_for_none(void **state)
{
	struct tape t = {0};
	struct outcome o;

	(void)state;
	say_example(&t, 1460);
	/* The answer to WRITE_OBJ. */
	tape_drop(&t, run_of(&t, EPOCH + 13 * MS + 5 * US, &(size_t){0}));
	o = decode_tape("", &t);
	assert_int_equal(o.code, 0);
	assert_has(&o, "-- without an answer\n    3 22:13:20.001000   1 > WRITE_OBJ ");
	assert_int_equal(count_of(&o, "  (answers were not captured)\n"), 2);
	assert_has(&o, "; 48 bytes not captured\n");
	outcome_free(&o);
	tape_free(&t);
}

/* The end of a request is lost, and the next thing seen is its answer. */
static void an_answer_finds_its_request_that_was_lost_in_part(void **state)
{
	struct tape t = {0};
	struct outcome o;
	size_t first, nr;

	(void)state;
	say_example(&t, 128);
	first = run_of(&t, EPOCH + 100 * US, &nr);
	assert_int_equal(nr, 5);
	tape_drop(&t, first + 4);
	tape_drop(&t, first + 3);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 0);
	assert_has(&o, "    1 22:13:20.000350   1 > GET_VDI_INFO         flags=WRITE len=512 | "
		       "name=\"alpha\" | 176 of 512 bytes not captured\n"
		       "    2 22:13:20.000350   1 < GET_VDI_INFO         SUCCESS epoch=1 len=0 "
		       "vdi_id=ed202b copies=3 block_size_shift=22  (#1, 0 us)\n");
	assert_has(&o, "7 messages on 1 connection; 4 requests, 1 without an answer;");
	outcome_free(&o);
	tape_free(&t);
}

/* Starts the capture with the segment i of the example cut into 100 bytes. */
static struct outcome from(size_t i, const char *words)
{
	struct tape t = {0};
	struct outcome o;

	say_example(&t, 100);
	while (i-- > 0)
		tape_drop(&t, 0);
	o = decode_tape(words, &t);
	tape_free(&t);
	return o;
}

static void a_capture_may_begin_anywhere(void **state)
{
	struct outcome o = from(1, "");

	(void)state;
	/* Without the SYN: the other one tells the same. */
	assert_has(&o, "    1 22:13:20.000100   1 > GET_VDI_INFO");
	assert_lacks(&o, "passed over");
	outcome_free(&o);

	/* At the front of a message. */
	o = from(3, "");
	assert_has(&o, "    1 22:13:20.000100   1 > GET_VDI_INFO");
	assert_has(&o, "    2 22:13:20.000350   1 < GET_VDI_INFO         SUCCESS");
	assert_lacks(&o, "passed over");
	outcome_free(&o);

	/* In the middle of its payload. */
	o = from(5, "");
	assert_int_equal(o.code, 0);
	assert_has(&o, "passed over 360 bytes at 0 of the stream: it was under way already\n");
	assert_has(&o, "    1 22:13:20.000350   1 < GET_VDI_INFO         SUCCESS epoch=1 len=0 "
		       "vdi_id=ed202b copies=3 block_size_shift=22  (request not seen)\n");
	assert_has(&o, "    2 22:13:20.001000   1 > WRITE_OBJ ");
	assert_has(&o, "6 messages on 1 connection; 3 requests, 1 without an answer");
	outcome_free(&o);
}

static void where_no_header_is_bytes_are_passed_over(void **state)
{
	static const char junk[] = "\xff\xfe this is no header of any protocol that is known here, "
				   "but it comes where one should be; and there is more of it.";
	struct tape t = {0};
	struct outcome o;
	unsigned c = tape_conn(&t);

	(void)state;
	tape_open(&t, c, EPOCH);
	tape_say(&t, c, false, EPOCH + 1 * MS, read_obj, 48, 1460);
	tape_say(&t, c, false, EPOCH + 2 * MS, junk, 100, 1460);
	tape_say(&t, c, true, EPOCH + 3 * MS, no_obj, 48, 1460);
	tape_say(&t, c, false, EPOCH + 4 * MS, read_again, 48, 1460);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 1);
	assert_has(&o, "    ! 22:13:20.004000   1 > malformed: passed over 100 bytes at 48 of the "
		       "stream: this is no header: version 255, opcode 0xfe, flags 0x7420, length "
		       "1701322863\n");
	assert_has(&o,
		   "    2 22:13:20.003000   1 < READ_OBJ             NO_OBJ id=8 epoch=1 len=0  "
		   "(#1, 2.000 ms)\n");
	assert_has(&o, "    3 22:13:20.004000   1 > READ_OBJ ");
	assert_has(&o, "; 1 malformed; 100 bytes passed over\n");
	outcome_free(&o);
	o = decode_tape("--json", &t);
	assert_has(&o, "{\"type\":\"skipped\",\"time\":1700000000.004000000,\"conn\":1,"
		       "\"from\":\"10.0.0.1:40000\",\"to\":\"10.0.0.2:7000\",\"side\":\"request\","
		       "\"offset\":48,\"length\":100,\"malformed\":true,\"reason\":\"this is no ");
	outcome_free(&o);
	tape_free(&t);
}

static void zeros_are_passed_over_at_once(void **state)
{
	static const uint8_t zeros[100000];
	struct tape t = {0};
	struct outcome o;
	unsigned c = tape_conn(&t);

	(void)state;
	tape_open(&t, c, EPOCH);
	tape_say(&t, c, false, EPOCH + 1 * MS, zeros, sizeof(zeros), 1460);
	tape_say(&t, c, true, EPOCH + 1 * MS, zeros, sizeof(zeros), 1460);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 1);
	assert_int_equal(count_of(&o, "passed over 100000 bytes at 0 of the stream"), 2);
	assert_has(&o, "0 messages on 1 connection; 2 malformed; 200000 bytes passed over\n");
	outcome_free(&o);
	tape_free(&t);
}

/* A header may announce what never comes, and sequence numbers may jump: nothing is taken on trust.
 */
static void lengths_that_lie_cost_nothing(void **state)
{
	uint8_t head[48];
	struct tape t = {0};
	struct outcome o;
	unsigned c = tape_conn(&t);

	(void)state;
	memcpy(head, write_obj, 48);
	memset(head + 12, 0xff, 3);
	head[15] = 0x7f;
	tape_open(&t, c, EPOCH);
	tape_say(&t, c, false, EPOCH + 1 * MS, head, 48, 1460);
	tape_say(&t, c, false, EPOCH + 1 * MS, "0123456789", 10, 1460);
	t.conns[c].next[0] += 1u << 30;
	tape_say(&t, c, false, EPOCH + 1 * MS, "0123456789", 10, 1460);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 0);
	assert_has(&o,
		   "WRITE_OBJ            v=0 flags=WRITE|DIRECT id=7 oid=00ed202b00000000 off=0 "
		   "len=2147483647 copies=3 | 10 bytes, sha1 ");
	assert_has(&o, "| 1073741824 of 2147483647 bytes not captured | cut after 10 of 2147483647 "
		       "bytes: the capture ends\n");
	assert_lacks(&o, "without an answer");
	outcome_free(&o);
	tape_free(&t);
}

static void a_message_that_is_not_finished_is_told(void **state)
{
	struct tape t = {0};
	struct outcome o;
	unsigned c = tape_conn(&t);

	(void)state;
	tape_open(&t, c, EPOCH);
	tape_say(&t, c, false, EPOCH + 1 * MS, get_vdi_info, 48, 1460);
	tape_say(&t, c, false, EPOCH + 1 * MS, "alpha", 6, 1460);
	tape_say(&t, c, true, EPOCH + 2 * MS, vdi_info, 20, 1460);
	tape_flags(&t, c, false, EPOCH + 3 * MS, TAPE_FIN | TAPE_ACK);
	tape_flags(&t, c, true, EPOCH + 4 * MS, TAPE_FIN | TAPE_ACK);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 0);
	assert_has(&o, "name=\"alpha\" | cut after 6 of 512 bytes: the client closed the "
		       "connection\n");
	assert_has(&o, "< passed over 20 bytes at 0 of the stream: 20 bytes of a header, then the "
		       "client closed the connection\n");
	assert_has(&o, "    - 22:13:20.004000   1 closed by 10.0.0.1:40000\n");
	outcome_free(&o);
	tape_free(&t);
}

static void ends_may_be_used_again(void **state)
{
	struct tape t = {0};
	struct outcome o;

	(void)state;
	for (int round = 0; round < 3; round++) {
		unsigned c = tape_conn(&t);

		t.conns[c].client_port = 40000;
		t.conns[c].next[0] = 1000 + 7000 * (uint32_t)round;
		tape_open(&t, c, EPOCH);
		tape_say(&t, c, false, EPOCH, read_obj, 48, 1460);
		tape_say(&t, c, true, EPOCH, no_obj, 48, 1460);
		/* The second is left open. */
		if (round != 1)
			tape_flags(&t, c, round == 0, EPOCH, TAPE_RST);
		/* What comes after the end is nothing. */
		if (round == 0)
			tape_say(&t, c, false, EPOCH, read_obj, 48, 1460);
	}
	o = decode_tape("", &t);
	assert_int_equal(o.code, 0);
	assert_has(&o, "conn 3  10.0.0.1:40000 > 10.0.0.2:7000\n");
	assert_has(&o, "1 closed by 10.0.0.2:7000\n");
	assert_has(&o, "3 closed by 10.0.0.1:40000\n");
	assert_lacks(&o, "2 closed by");
	assert_has(&o, "6 messages on 3 connections; 3 requests; 3 answers other than SUCCESS\n");
	outcome_free(&o);
	tape_free(&t);
}

/* Sheep ask each other from ports that may be theirs too: the opening tells, or what is said. */
static void who_asks_is_found_out(void **state)
{
	struct tape t = {0};
	struct outcome o;
	unsigned c = tape_conn(&t);

	(void)state;
	t.conns[c].client_port = 7003;
	tape_say(&t, c, true, EPOCH, no_obj, 48, 1460);
	tape_say(&t, c, false, EPOCH, read_again, 48, 1460);
	o = decode_tape("", &t);
	assert_has(&o, "conn 1  10.0.0.1:7003 > 10.0.0.2:7000\n");
	assert_has(&o, "1 < READ_OBJ             NO_OBJ id=8 epoch=1 len=0  (request not seen)\n");
	assert_has(&o, "1 > READ_OBJ             v=1");
	outcome_free(&o);
	tape_free(&t);
}

static void messages_of_shepherd_are_followed(void **state)
{
	static const uint8_t block[8] = {3}, notify[8] = {2, 0, 0, 0, 97};
	uint8_t forward[8 + 80] = {5, 0, 0, 0, 80};
	uint8_t message[98] = {0, 0x02, 0x11};
	struct tape t = {0};
	struct outcome o;
	unsigned c = tape_conn(&t);

	(void)state;
	t.conns[c].server_port = 2501;
	memcpy(forward + 8 + 24 + 12, "\x0a\0\0\1\x58\x1b", 6);
	tape_open(&t, c, EPOCH);
	tape_say(&t, c, false, EPOCH, block, 8, 1460);
	tape_say(&t, c, true, EPOCH, forward, sizeof(forward), 30);
	tape_say(&t, c, false, EPOCH, notify, 8, 1460);
	tape_say(&t, c, false, EPOCH, message, 97, 10);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 0);
	assert_has(&o, "1 > BLOCK\n");
	assert_has(&o, "1 < BLOCK_FORWARD        10.0.0.1:7000\n");
	assert_has(&o, "1 > NOTIFY               NEW_VDI len=0\n");
	assert_has(&o, "3 messages on 1 connection\n");
	outcome_free(&o);

	/* A header that is none of theirs. */
	tape_say(&t, c, false, EPOCH, "\7\0\0\0\0\0\0\0", 8, 1460);
	tape_say(&t, c, false, EPOCH, block, 8, 1460);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 1);
	assert_has(&o, "malformed: passed over 8 bytes at 113 of the stream: this is no message of "
		       "shepherd\n");
	assert_int_equal(count_of(&o, "1 > BLOCK\n"), 2);
	outcome_free(&o);

	o = decode_tape("--shepherd 2502", &t);
	assert_out(&o, 0, "0 messages\n");
	outcome_free(&o);
	tape_free(&t);
}

int streams_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_may_be_cut_anywhere),
		cmocka_unit_test(sequence_numbers_may_wrap),
		cmocka_unit_test(segments_may_come_in_any_order),
		cmocka_unit_test(segments_may_come_twice_and_overlap),
		cmocka_unit_test(what_is_cut_off_packets_is_told),
		cmocka_unit_test(lost_segments_cost_no_more_than_they_held),
		cmocka_unit_test(a_gap_is_given_up_when_the_receiver_has_what_is_missing),
		cmocka_unit_test(a_lost_answer_is_not_taken_for_none),
		cmocka_unit_test(an_answer_finds_its_request_that_was_lost_in_part),
		cmocka_unit_test(a_capture_may_begin_anywhere),
		cmocka_unit_test(where_no_header_is_bytes_are_passed_over),
		cmocka_unit_test(zeros_are_passed_over_at_once),
		cmocka_unit_test(lengths_that_lie_cost_nothing),
		cmocka_unit_test(a_message_that_is_not_finished_is_told),
		cmocka_unit_test(ends_may_be_used_again),
		cmocka_unit_test(who_asks_is_found_out),
		cmocka_unit_test(messages_of_shepherd_are_followed),
	};

	return cmocka_run_group_tests_name("decode: streams", tests, NULL, NULL);
}
