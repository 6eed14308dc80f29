/* What is left out, and what belongs together. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two connections that say the same, one after the other; the second to another sheep. */
static struct outcome filtered(const char *words)
{
	struct tape t = {0};
	struct outcome o;

	say_example(&t, 1460);
	say_example(&t, 1460);
	t.conns[1].server[3] = 3;
	t.conns[1].server_port = 7001;
	o = decode_tape(words, &t);
	tape_free(&t);
	return o;
}

/* So many lines of messages, and as many conversations that are named. */
static void expect(const char *words, size_t messages, size_t conns)
{
	struct outcome o = filtered(words);

	assert_int_equal(o.code, 0);
	if (count_of(&o, " > ") - count_of(&o, "conn ") + count_of(&o, " < ") != messages ||
	    count_of(&o, "conn ") != conns)
		fail_msg("%s: not %zu messages on %zu connections:\n%s", words, messages, conns,
			 o.out);
	/* How much there was is told in any case. */
	assert_has(&o, "14 messages on 2 connections; 8 requests, 2 without an answer; 2 answers "
		       "other than SUCCESS\n");
	outcome_free(&o);
}

/* Requests without an answer are named once more at the end. */
static void operations_objects_and_connections_are_chosen(void **state)
{
	(void)state;
	expect("", 14 + 2, 2);
	expect("--op GET_VDI_INFO", 4, 2);
	expect("--op get_vdi_info", 4, 2);
	expect("--op 0x14", 4, 2);
	expect("--op READ_OBJ", 6 + 2, 2);
	expect("--op READ_OBJ,GET_VDI_INFO", 10 + 2, 2);
	expect("--op READ_OBJ --op GET_VDI_INFO", 10 + 2, 2);
	expect("--op LOCK_VDI", 0, 0);
	/* Answers do not say the object: their requests do. */
	expect("--oid 00ed202b00000005", 4, 2);
	expect("--oid ed202b00000005,0xed202b00000000", 8, 2);
	expect("--oid 1", 0, 0);
	expect("--conn 1", 7 + 1, 1);
	expect("--conn 1,2", 14 + 2, 2);
	expect("--conn 10.0.0.1", 14 + 2, 2);
	expect("--conn 10.0.0.3", 7 + 1, 1);
	expect("--conn 10.0.0.2:7000", 7 + 1, 1);
	expect("--conn 10.0.0.1:40001", 7 + 1, 1);
	expect("--conn 10.0.0", 0, 0);
	expect("--conn 3", 0, 0);
	expect("--conn 2 --op WRITE_OBJ", 2, 1);
}

static void results_bring_their_requests(void **state)
{
	struct outcome o = filtered("--result NO_OBJ");

	(void)state;
	assert_has(&o,
		   "-- 2023-11-14\n"
		   "conn 1  10.0.0.1:40000 > 10.0.0.2:7000\n"
		   "    4 22:13:20.002000   1 > READ_OBJ             v=1 flags=DIRECT id=8 "
		   "oid=00ed202b00000005 off=0 len=4096 copies=3\n"
		   "    5 22:13:20.003000   1 < READ_OBJ             NO_OBJ id=8 epoch=1 len=0  "
		   "(#4, 1.000 ms)\n"
		   "conn 2 ");
	outcome_free(&o);
	expect("--result NO_OBJ", 4, 2);
	expect("--result no_obj,success", 12, 2);
	expect("--result 0x02", 4, 2);
	expect("--result EIO", 0, 0);
	expect("--result SUCCESS --op WRITE_OBJ --conn 2", 2, 1);
}

static void errors_are_what_failed_or_has_no_answer(void **state)
{
	struct outcome o = filtered("--errors --conn 1");

	(void)state;
	assert_has(&o, "conn 1  10.0.0.1:40000 > 10.0.0.2:7000\n"
		       "    4 22:13:20.002000   1 > READ_OBJ ");
	assert_has(&o, "(#4, 1.000 ms)\n"
		       "-- without an answer\n"
		       "    7 22:13:20.014000   1 > READ_OBJ             v=1 flags=DIRECT id=9 ");
	outcome_free(&o);
	expect("--errors", 4 + 2, 2);
	expect("--errors --op WRITE_OBJ", 0, 0);
	o = filtered("--errors --json");
	assert_int_equal(count_of(&o, "\"type\":\"message\""), 4);
	assert_int_equal(count_of(&o, "\"type\":\"unanswered\""), 2);
	assert_int_equal(count_of(&o, "\"type\":\"end\""), 1);
	outcome_free(&o);
}

static void malformed_ones_are_errors(void **state)
{
	static const uint8_t unknown[48] = {2, 0x7f, [8] = 3};
	struct tape t = {0};
	struct outcome o;
	unsigned c;

	(void)state;
	say_example(&t, 1460);
	c = tape_conn(&t);
	tape_open(&t, c, EPOCH);
	tape_say(&t, c, false, EPOCH, unknown, 48, 1460);
	tape_say(&t, c, false, EPOCH,
		 "this is nothing that anybody would say to a sheep, and it is long", 65, 1460);
	o = decode_tape("--errors --conn 2", &t);
	assert_int_equal(o.code, 1);
	assert_has(&o, "2 > 0x7f                 id=3 len=0\n      ! malformed at byte 1 of it");
	assert_has(&o,
		   "2 > malformed: passed over 65 bytes at 48 of the stream: this is no header");
	outcome_free(&o);
	/* It counts where it is not shown, too. */
	o = decode_tape("--conn 1", &t);
	assert_int_equal(o.code, 1);
	assert_lacks(&o, "0x7f");
	assert_has(&o, "; 2 malformed");
	outcome_free(&o);
	tape_free(&t);
}

static void refuse(const char *words, const char *why)
{
	struct outcome o = decode_input(words, NULL, 0);

	assert_int_equal(o.code, 2);
	if (why != NULL && strstr(o.error, why) == NULL)
		fail_msg("`%s' is not in `%s'", why, o.error);
	assert_string_equal(o.out, "");
	outcome_free(&o);
}

static void what_cannot_be_meant_is_refused(void **state)
{
	(void)state;
	refuse("--op READ_OB", "there is no operation `READ_OB'");
	refuse("--op 0x123", "there is no operation `0x123'");
	refuse("--op READ_OBJ,", "there is no operation `'");
	refuse("--oid xyz", "`xyz' is no object id");
	refuse("--oid 11112222333344445", "is no object id");
	refuse("--result FINE", "there is no result `FINE'");
	refuse("--port 70000", "`70000' is no port");
	refuse("--port 7000-", "`7000-' is no port");
	refuse("--port 8-7", "`8-7' is no port");
	refuse("--shepherd x", "`x' is no port");
	refuse("--format elf", "there is no format `elf': pcap, vectors, hex, inode, local, "
			       "corosync, or zookeeper");
	refuse("--frob", NULL);
	refuse("/nonexistent/file", "/nonexistent/file: No such file or directory");
	refuse("/", "/: Is a directory");
}

static void several_files_are_told_apart(void **state)
{
	struct outcome o = decode_text(VECTORS_DIR "/frontend/lock_normal.txt", "00\n");

	(void)state;
	assert_int_equal(o.code, 1);
	assert_has(&o, "== " VECTORS_DIR "/frontend/lock_normal.txt\nconn 1  raw > node0\n");
	assert_has(&o, "== /tmp/sheepsim-decode-");
	outcome_free(&o);
	o = decode_text("--json " VECTORS_DIR "/frontend/lock_normal.txt", "00\n");
	assert_has(&o, "{\"type\":\"input\",\"name\":\"" VECTORS_DIR
		       "/frontend/lock_normal.txt\"}\n{\"type\":\"conn\",\"conn\":1,");
	assert_int_equal(count_of(&o, "\"type\":\"end\""), 2);
	outcome_free(&o);
	o = decode_text(VECTORS_DIR "/frontend/lock_normal.txt", "nothing\n");
	assert_int_equal(o.code, 2);
	assert_has(&o, "10 messages on 1 connection");
	outcome_free(&o);
}

int filter_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations_objects_and_connections_are_chosen),
		cmocka_unit_test(results_bring_their_requests),
		cmocka_unit_test(errors_are_what_failed_or_has_no_answer),
		cmocka_unit_test(malformed_ones_are_errors),
		cmocka_unit_test(what_cannot_be_meant_is_refused),
		cmocka_unit_test(several_files_are_told_apart),
	};

	return cmocka_run_group_tests_name("decode: what is left out", tests, NULL, NULL);
}
