/* What sheepdog's cluster drivers leave: events in znodes, multicasts, shepherd's messages of 0.7.
 */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

/* 127.0.0.1:7001 in a member record of 80 bytes. */
static void put_node(uint8_t *record)
{
	static const uint8_t id[] = {127, 0, 0, 1, 0x59, 0x1b};

	memcpy(record + 24 + 12, id, sizeof(id));
	record[64] = 128;
	record[68] = 2;
}

static void events_of_zookeeper_are_said(void **state)
{
	uint8_t event[168 + 96] = {[0] = 0x88, [8] = 6, [160] = 96, [168] = 0x0a, 0xaf};
	struct outcome o;

	(void)state;
	put_node(event + 56);
	memcpy(event + 168 + 20, "\x2b\x20\xed", 3);
	o = decode_bytes("--format zookeeper", event, sizeof(event));
	assert_out(&o, 0,
		   "    1   - * NOTIFY               from 127.0.0.1:7001: NOTIFY_VDI_ADD len=0 "
		   "new_vid=ed202b\n1 message\n");
	outcome_free(&o);
	o = decode_bytes("--format zookeeper -v", event, sizeof(event));
	assert_has(&o, "+0     8  id                     136\n");
	assert_has(&o, "+8     4  type                   NOTIFY\n");
	assert_has(&o, "+80    40  sender.nid             127.0.0.1:7001\n");
	assert_has(&o, "+188     4  request.new_vid        ed202b\n");
	outcome_free(&o);
	o = decode_bytes("--format zookeeper --json", event, sizeof(event));
	assert_has(&o, "\"kind\":\"zookeeper\",\"op\":\"NOTIFY\"");
	outcome_free(&o);
	event[160] = 97;
	o = decode_bytes("--format zookeeper", event, sizeof(event));
	assert_int_equal(o.code, 1);
	assert_has(&o,
		   "! malformed at byte 160 of it, 160 of the stream: 96 bytes follow where the "
		   "event says 97\n");
	outcome_free(&o);
}

static void messages_of_corosync_are_said(void **state)
{
	uint8_t *bytes = calloc(1, 90208);
	struct outcome o;

	(void)state;
	assert_non_null(bytes);
	bytes[0] = 7;
	bytes[4] = 99;
	put_node(bytes + 8);
	bytes[88] = 2;
	o = decode_bytes("--format corosync", bytes, 90208);
	assert_out(&o, 0,
		   "    1   - * LEAVE                from 127.0.0.1:7001 pid=99 nodeid=7\n"
		   "1 message\n");
	outcome_free(&o);
	o = decode_bytes("--format corosync --peer-version 8", bytes, 90208);
	assert_int_equal(o.code, 1);
	outcome_free(&o);
	free(bytes);
}

static void only_the_size_tells_the_file_of_the_local_driver(void **state)
{
	struct outcome o = decode_bytes("--format local", "\0\0\0\0", 4);

	(void)state;
	assert_int_equal(o.code, 2);
	assert_non_null(strstr(o.error, "no file of the local cluster driver has this size"));
	outcome_free(&o);
}

/* LEAVE_FORWARD has a member record of 56 bytes there. */
static void shepherd_of_0_7_is_understood(void **state)
{
	uint8_t bytes[8 + 56] = {6, [4] = 56};
	struct tape t = {0};
	struct outcome o;
	unsigned c = tape_conn(&t);

	(void)state;
	memcpy(bytes + 8 + 12, "\x7f\0\0\1\x59\x1b", 6);
	t.conns[c].server_port = 2501;
	tape_open(&t, c, EPOCH);
	tape_say(&t, c, true, EPOCH + 1 * MS, bytes, sizeof(bytes), 1460);
	o = decode_tape("--peer-version 8", &t);
	assert_int_equal(o.code, 0);
	assert_has(&o, "LEAVE_FORWARD        127.0.0.1:7001\n");
	outcome_free(&o);
	o = decode_tape("", &t);
	assert_int_equal(o.code, 1);
	outcome_free(&o);
	tape_free(&t);
}

int drivers_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_of_zookeeper_are_said),
		cmocka_unit_test(messages_of_corosync_are_said),
		cmocka_unit_test(only_the_size_tells_the_file_of_the_local_driver),
		cmocka_unit_test(shepherd_of_0_7_is_understood),
	};

	return cmocka_run_group_tests_name("decode: cluster drivers", tests, NULL, NULL);
}
