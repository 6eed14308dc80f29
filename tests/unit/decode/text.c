/* What is printed, to the letter. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void text_has_one_line_for_each_message(void **state)
{
	struct tape t = {0};
	struct outcome o;

	(void)state;
	say_example(&t, 1460);
	o = decode_tape("", &t);
	assert_out(
		&o, 0,
		"-- 2023-11-14\n"
		"conn 1  10.0.0.1:40000 > 10.0.0.2:7000\n"
		"    1 22:13:20.000100   1 > GET_VDI_INFO         flags=WRITE len=512 | "
		"name=\"alpha\"\n"
		"    2 22:13:20.000350   1 < GET_VDI_INFO         SUCCESS epoch=1 len=0 "
		"vdi_id=ed202b copies=3 block_size_shift=22  (#1, 250 us)\n"
		"    3 22:13:20.001000   1 > WRITE_OBJ            v=0 flags=WRITE|DIRECT id=7 "
		"oid=00ed202b00000000 off=0 len=4096 copies=3 | 4096 bytes, sha1 f6c1d38345d2, "
		"not zero: 0-9\n"
		"    4 22:13:20.002000   1 > READ_OBJ             v=1 flags=DIRECT id=8 "
		"oid=00ed202b00000005 off=0 len=4096 copies=3\n"
		"    5 22:13:20.003000   1 < READ_OBJ             NO_OBJ id=8 epoch=1 len=0  "
		"(#4, 1.000 ms)\n"
		"    6 22:13:20.013005   1 < WRITE_OBJ            SUCCESS id=7 epoch=1 len=0  "
		"(#3, 12.005 ms)\n"
		"    7 22:13:20.014000   1 > READ_OBJ             v=1 flags=DIRECT id=9 "
		"oid=00ed202b00000006 off=0 len=4096 copies=3\n"
		"    - 22:13:25.000000   1 closed by 10.0.0.1:40000\n"
		"-- without an answer\n"
		"    7 22:13:20.014000   1 > READ_OBJ             v=1 flags=DIRECT id=9 "
		"oid=00ed202b00000006 off=0 len=4096 copies=3  (the client closed the connection)\n"
		"7 messages on 1 connection; 4 requests, 1 without an answer; 1 answer other than "
		"SUCCESS\n");
	outcome_free(&o);
	tape_free(&t);
}

#define ENDS "\"conn\":1,\"from\":\"10.0.0.1:40000\",\"to\":\"10.0.0.2:7000\""
#define OBJECT                                                                                     \
	"\"cow_oid\":\"0000000000000000\",\"copies\":\"3\",\"copy_policy\":\"0x0\","               \
	"\"ec_index\":\"0\",\"tgt_epoch\":\"0\",\"offset\":\"0\"}"

static void json_has_one_object_for_each_record(void **state)
{
	struct tape t = {0};
	struct outcome o;

	(void)state;
	say_example(&t, 1460);
	/* As the first five messages are enough here, what follows is left out. */
	while (t.nr > 3 + 1 + 1 + 3 + 1 + 1)
		tape_drop(&t, t.nr - 1);
	o = decode_tape("--json", &t);
	assert_out(
		&o, 0,
		"{\"type\":\"conn\"," ENDS "}\n"
		"{\"type\":\"message\",\"n\":1,\"time\":1700000000.000100000," ENDS
		",\"kind\":\"request\",\"op\":\"GET_VDI_INFO\",\"offset\":0,"
		"\"protocol\":\"frontend\",\"opcode\":20,\"version\":2,\"flags\":1,\"epoch\":0,"
		"\"id\":0,\"length\":512,\"header\":{\"vdi_size\":\"0\",\"base_vdi_id\":\"000000\","
		"\"copies\":\"0\",\"copy_policy\":\"0x0\",\"store_policy\":\"0\","
		"\"block_size_shift\":\"0\",\"snapid\":\"0\",\"type\":\"NORMAL\"},"
		"\"payload\":{\"length\":512,\"captured\":512,"
		"\"sha1\":\"473bd1be5ce9b924b40b7b12635311ebe949030e\",\"nonzero\":[[0,4]]}}\n"
		"{\"type\":\"message\",\"n\":2,\"time\":1700000000.000350000," ENDS
		",\"kind\":\"answer\",\"op\":\"GET_VDI_INFO\",\"offset\":0,"
		"\"protocol\":\"frontend\",\"opcode\":20,\"version\":0,\"flags\":0,\"epoch\":1,"
		"\"id\":0,\"length\":0,\"result\":\"SUCCESS\",\"code\":0,\"request\":1,"
		"\"latency\":0.000250000,\"header\":{\"vdi_id\":\"ed202b\",\"attr_id\":\"0x0\","
		"\"copies\":\"3\",\"block_size_shift\":\"22\"}}\n"
		"{\"type\":\"message\",\"n\":3,\"time\":1700000000.001000000," ENDS
		",\"kind\":\"request\",\"op\":\"WRITE_OBJ\",\"offset\":560,"
		"\"protocol\":\"frontend\",\"opcode\":3,\"version\":0,\"flags\":9,\"epoch\":0,"
		"\"id\":7,\"length\":4096,\"header\":{\"oid\":\"00ed202b00000000\"," OBJECT
		",\"payload\":{\"length\":4096,\"captured\":4096,"
		"\"sha1\":\"f6c1d38345d2ae0d822ced1b938f75384736183d\",\"nonzero\":[[0,9]]}}\n"
		"{\"type\":\"message\",\"n\":4,\"time\":1700000000.002000000," ENDS
		",\"kind\":\"request\",\"op\":\"READ_OBJ\",\"offset\":4704,"
		"\"protocol\":\"frontend\",\"opcode\":2,\"version\":1,\"flags\":8,\"epoch\":0,"
		"\"id\":8,\"length\":4096,\"header\":{\"oid\":\"00ed202b00000005\"," OBJECT "}\n"
		"{\"type\":\"message\",\"n\":5,\"time\":1700000000.003000000," ENDS
		",\"kind\":\"answer\",\"op\":\"READ_OBJ\",\"offset\":48,\"protocol\":\"frontend\","
		"\"opcode\":2,\"version\":0,\"flags\":0,\"epoch\":1,\"id\":8,\"length\":0,"
		"\"result\":\"NO_OBJ\",\"code\":2,\"request\":4,\"latency\":0.001000000,"
		"\"header\":{\"copies\":\"0\",\"offset\":\"0\"}}\n"
		"{\"type\":\"unanswered\",\"n\":3,\"time\":1700000000.001000000," ENDS
		",\"op\":\"WRITE_OBJ\",\"opcode\":3,\"id\":7,\"reason\":\"the capture ends\"}\n"
		"{\"type\":\"end\",\"messages\":5,\"conns\":1,\"requests\":3,\"answers\":2,"
		"\"unanswered\":1,\"failed\":1,\"malformed\":0,\"skipped\":0,\"lost\":0,"
		"\"packets\":10,\"shortened\":0,\"fragments\":0}\n");
	outcome_free(&o);
	tape_free(&t);
}

static void fields_have_their_places(void **state)
{
	struct tape t = {0};
	struct outcome o;

	(void)state;
	say_example(&t, 1460);
	o = decode_tape("-v --op GET_VDI_INFO", &t);
	assert_has(&o, "(#1, 250 us)\n"
		       "               0     1  proto_ver              0\n"
		       "               1     1  opcode                 GET_VDI_INFO\n"
		       "               2     2  flags                  0\n"
		       "               4     4  epoch                  1\n"
		       "               8     4  id                     0\n"
		       "              12     4  data_length            0\n"
		       "              16     4  result                 SUCCESS\n"
		       "              24     4  vdi_id                 ed202b\n"
		       "              28     4  attr_id                0x0\n"
		       "              32     1  copies                 3\n"
		       "              33     1  block_size_shift       22\n"
		       "    - 22:13:25.000000   1 closed by 10.0.0.1:40000\n"
		       "7 messages on 1 connection");
	assert_has(&o, "              36     4  type                   NORMAL\n"
		       "              +0   256  name                   \"alpha\"\n"
		       "            +256   256  tag                    \"\"\n");
	outcome_free(&o);
	o = decode_tape("--verbose --op WRITE_OBJ", &t);
	assert_has(&o, "              +0  4096  data                   4096 bytes, sha1 "
		       "f6c1d38345d2, not zero: 0-9\n");
	outcome_free(&o);
	o = decode_tape("-v --json --op GET_VDI_INFO", &t);
	assert_has(&o, "\"nonzero\":[[0,4]],\"fields\":[{\"name\":\"name\",\"offset\":0,"
		       "\"length\":256,\"value\":\"\\\"alpha\\\"\"},{\"name\":\"tag\","
		       "\"offset\":256,\"length\":256,\"value\":\"\\\"\\\"\"}]}}\n");
	outcome_free(&o);
	tape_free(&t);
}

/* GET_OBJ_LIST with 60 objects. */
static void say_list(struct tape *t)
{
	static const uint8_t ask[48] = {0x0a, 0xa1, [14] = 0x10};
	static const uint8_t list[48] = {[1] = 0xa1, [4] = 1, [12] = 0xe0, 0x01};
	unsigned c = tape_conn(t);
	size_t len;
	uint8_t *answer = message(list, 480, &len);

	for (uint8_t i = 0; i < 60; i++)
		memcpy(answer + 48 + i * 8, (uint8_t[8]){i, 0, 0, 0, 0x2b, 0x20, 0xed}, 8);
	tape_open(t, c, EPOCH);
	tape_say(t, c, false, EPOCH, ask, 48, 1460);
	tape_say(t, c, true, EPOCH, answer, len, 1460);
	free(answer);
}

static void long_lists_are_shortened_unless_all_is_wanted(void **state)
{
	struct tape t = {0};
	struct outcome o;

	(void)state;
	say_list(&t);
	o = decode_tape("", &t);
	assert_has(&o, "SUCCESS epoch=1 len=480 | oid=00ed202b00000000 oid=00ed202b00000001 "
		       "oid=00ed202b00000002 oid=00ed202b00000003 ...  (#1, 0 us)\n");
	outcome_free(&o);
	o = decode_tape("-v", &t);
	assert_has(&o, "            +312     8  oid                    00ed202b00000027\n"
		       "                        20 more fields (-vv shows them)\n");
	assert_lacks(&o, "00ed202b00000028");
	outcome_free(&o);
	o = decode_tape("-vv", &t);
	assert_has(&o, "            +472     8  oid                    00ed202b0000003b\n");
	assert_lacks(&o, "more fields");
	outcome_free(&o);
	tape_free(&t);
}

static void data_are_told_in_numbers(void **state)
{
	size_t len;
	uint8_t *write = message(write_obj, 4096, &len);
	struct tape t = {0};
	struct outcome o;
	unsigned c = tape_conn(&t);

	(void)state;
	tape_open(&t, c, EPOCH);
	tape_say(&t, c, false, EPOCH, write, len, 1460);
	/* 32 zeros belong to the bytes around them, 33 do not. */
	write[48 + 10] = 1;
	write[48 + 43] = 1;
	write[48 + 77] = 1;
	for (size_t i = 0; i < 3; i++)
		write[48 + 1000 + 100 * i] = 1;
	tape_say(&t, c, false, EPOCH, write, len, 1460);
	o = decode_tape("", &t);
	assert_has(&o, "copies=3 | 4096 zeros\n");
	assert_has(&o, ", not zero: 10-43 77-77 1000-1000 1100-1100 ...\n");
	outcome_free(&o);
	o = decode_tape("--json", &t);
	assert_has(&o, "\"nonzero\":[]}");
	assert_has(&o, "\"nonzero\":[[10,43],[77,77],[1000,1000],[1100,1100],[1200,1200]]}");
	outcome_free(&o);
	free(write);
	tape_free(&t);
}

/* Messages that keep the stream in step, but not to the protocol. */
static void what_is_malformed_is_told_with_its_place(void **state)
{
	struct tape t = {0};
	struct outcome o;
	unsigned c = tape_conn(&t);
	uint8_t unknown[48] = {2, 0x7f, [8] = 3}, short_name[58] = {2, 0x11, 1, [12] = 10};
	uint8_t too_much[56] = {[1] = 0x03, [4] = 1, [8] = 7, [12] = 8};
	size_t len;
	uint8_t *write = message(write_obj, 4096, &len);

	(void)state;
	tape_open(&t, c, EPOCH);
	tape_say(&t, c, false, EPOCH, unknown, 48, 1460);
	tape_say(&t, c, false, EPOCH, short_name, 58, 1460);
	tape_say(&t, c, false, EPOCH, write, len, 1460);
	tape_say(&t, c, true, EPOCH, too_much, 56, 1460);
	tape_say(&t, c, true, EPOCH, written, 48, 1460);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 1);
	assert_has(&o, " > 0x7f                 id=3 len=0\n"
		       "      ! malformed at byte 1 of it, 1 of the stream: unknown opcode 0x7f\n");
	assert_has(&o, " > NEW_VDI              flags=WRITE len=10\n"
		       "      ! malformed at byte 12 of it, 60 of the stream: payload of 10 bytes, "
		       "at least 256 are needed\n");
	assert_has(&o, "      ! malformed at byte 12 of it, 12 of the stream: payload of 8 bytes, "
		       "the request has room for 0\n");
	assert_has(&o,
		   "(request not seen)\n"
		   "      ! malformed at byte 0 of it, 56 of the stream: it answers no request\n");
	assert_has(&o, "2 without an answer; 4 malformed\n");
	outcome_free(&o);
	o = decode_tape("--json", &t);
	assert_has(&o, "\"op\":\"0x7f\",\"offset\":0,\"protocol\":\"none\",\"opcode\":127,");
	assert_has(&o, ",\"malformed\":{\"offset\":12,\"stream\":60,\"reason\":\"payload of 10 "
		       "bytes, at least 256 are needed\"}}\n");
	outcome_free(&o);
	free(write);
	tape_free(&t);
}

static void days_are_told_when_they_begin(void **state)
{
	struct tape t = {0};
	struct outcome o;
	unsigned c = tape_conn(&t);

	(void)state;
	tape_open(&t, c, EPOCH);
	tape_say(&t, c, false, EPOCH, read_obj, 48, 1460);
	tape_say(&t, c, true, EPOCH + 3 * 86400 * 1000 * MS, no_obj, 48, 1460);
	o = decode_tape("", &t);
	assert_has(&o, "-- 2023-11-14\nconn 1 ");
	assert_has(&o,
		   "-- 2023-11-17\n    2 22:13:20.000000   1 < READ_OBJ             NO_OBJ id=8 "
		   "epoch=1 len=0  (#1, 259200.000 s)\n");
	outcome_free(&o);
	tape_free(&t);
}

int text_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_one_line_for_each_message),
		cmocka_unit_test(json_has_one_object_for_each_record),
		cmocka_unit_test(fields_have_their_places),
		cmocka_unit_test(long_lists_are_shortened_unless_all_is_wanted),
		cmocka_unit_test(data_are_told_in_numbers),
		cmocka_unit_test(what_is_malformed_is_told_with_its_place),
		cmocka_unit_test(days_are_told_when_they_begin),
	};

	return cmocka_run_group_tests_name("decode: text and JSON", tests, NULL, NULL);
}
