/* Packets of any link, in any file; what is no segment of ours is left out. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the example gives as it is. */
static struct outcome plain(void)
{
	struct tape t = {0};
	struct outcome o;

	say_example(&t, 1460);
	o = decode_tape("", &t);
	assert_has(&o, "conn 1  10.0.0.1:40000 > 10.0.0.2:7000\n");
	assert_has(&o, "7 messages on 1 connection; 4 requests, 1 without an answer");
	tape_free(&t);
	return o;
}

static void every_link_and_file_gives_the_same(void **state)
{
	static const enum tape_link links[] = {TAPE_ETHERNET, TAPE_VLAN, TAPE_SLL,
					       TAPE_SLL2,     TAPE_NULL, TAPE_RAW};
	static const enum tape_file files[] = {TAPE_PCAP, TAPE_PCAP_NANO, TAPE_PCAP_SWAPPED,
					       TAPE_PCAPNG};
	struct outcome expected = plain();

	(void)state;
	for (size_t i = 0; i < 6 * 4; i++) {
		struct tape t = {.link = links[i / 4], .file = files[i % 4], .padding = i % 3 == 0};
		struct outcome o;

		say_example(&t, 1460);
		o = decode_tape("", &t);
		assert_out(&o, 0, expected.out);
		outcome_free(&o);
		tape_free(&t);
	}
	outcome_free(&expected);
}

static void nanoseconds_are_kept(void **state)
{
	struct tape t = {.file = TAPE_PCAP_NANO};
	struct outcome o;

	(void)state;
	say_example(&t, 1460);
	for (size_t i = 0; i < t.nr; i++)
		t.segments[i].time += 7;
	o = decode_tape("--json", &t);
	assert_has(&o, "\"n\":1,\"time\":1700000000.000100007,");
	assert_has(&o, "\"latency\":0.000250000,");
	outcome_free(&o);
	tape_free(&t);
}

static void ipv6_is_read_with_and_without_extensions(void **state)
{
	static const uint8_t client[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 7};
	static const uint8_t server[16] = {[15] = 1};

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct tape t = {.extensions = i % 2, .link = i / 2 ? TAPE_NULL : TAPE_ETHERNET};
		struct outcome o;

		say_example(&t, 1460);
		t.conns[0].ipv6 = true;
		memcpy(t.conns[0].client, client, 16);
		memcpy(t.conns[0].server, server, 16);
		o = decode_tape("", &t);
		assert_has(&o, "conn 1  [2001:db8::7]:40000 > [::1]:7000\n");
		assert_has(&o, "7 messages on 1 connection");
		outcome_free(&o);
		o = decode_tape("--conn 2001:db8::7", &t);
		assert_int_equal(count_of(&o, " > READ_OBJ"), 3);
		outcome_free(&o);
		tape_free(&t);
	}
}

/* Changes one byte of every packet of a plain capture on Ethernet. */
static struct outcome with_byte(size_t offset, uint8_t byte)
{
	struct tape t = {0};
	struct outcome o;
	size_t len, at = 24;
	uint8_t *file;

	say_example(&t, 1460);
	file = tape_write(&t, &len);
	while (at < len) {
		size_t size = file[at + 8] | (size_t)file[at + 9] << 8;

		file[at + 16 + offset] = byte;
		at += 16 + size;
	}
	o = decode_bytes("", file, len);
	free(file);
	tape_free(&t);
	return o;
}

static void what_is_no_segment_is_left_out(void **state)
{
	static const struct {
		size_t offset;
		uint8_t byte;
	} changes[] = {
		{12, 0x09},	 /* no IP */
		{14, 0x65},	 /* IPv6 in a frame for IPv4 */
		{14, 0x41},	 /* an IP header of 4 bytes */
		{14 + 9, 17},	 /* UDP */
		{14 + 32, 0x10}, /* a TCP header of 4 bytes */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct outcome o = with_byte(changes[i].offset, changes[i].byte);

		assert_out(&o, 0, "0 messages\n");
		outcome_free(&o);
	}
}

static void fragments_are_counted(void **state)
{
	struct outcome o = with_byte(14 + 6, 0x20);

	(void)state;
	assert_out(&o, 0, "0 messages; 13 IP fragments left out\n");
	outcome_free(&o);
}

static void only_ports_of_sheep_count(void **state)
{
	struct tape t = {0};
	struct outcome o;

	(void)state;
	say_example(&t, 1460);
	t.conns[0].server_port = 8000;
	o = decode_tape("", &t);
	assert_out(&o, 0, "0 messages\n");
	outcome_free(&o);
	o = decode_tape("--port 6999,7999-8000", &t);
	assert_has(&o, "conn 1  10.0.0.1:40000 > 10.0.0.2:8000\n");
	outcome_free(&o);
	/* With a port of its own, 7000 is one like any other. */
	t.conns[0].server_port = 7000;
	o = decode_tape("--port 8000", &t);
	assert_out(&o, 0, "0 messages\n");
	outcome_free(&o);
	tape_free(&t);
}

static void a_link_that_is_not_known_is_told(void **state)
{
	struct tape t = {0};
	struct outcome o;
	size_t len;
	uint8_t *file;

	(void)state;
	say_example(&t, 1460);
	file = tape_write(&t, &len);
	file[20] = 105;
	o = decode_bytes("", file, len);
	assert_int_equal(o.code, 2);
	assert_string_equal(o.out, "");
	assert_non_null(strstr(o.error, "packets of a link of type 105 (IEEE802_11)"));
	outcome_free(&o);
	free(file);
	tape_free(&t);
}

static void a_file_that_ends_early_is_told_with_what_is_there(void **state)
{
	struct tape t = {0};
	struct outcome o;
	size_t len;
	uint8_t *file;

	(void)state;
	say_example(&t, 1460);
	file = tape_write(&t, &len);
	o = decode_bytes("", file, len - 10);
	assert_int_equal(o.code, 2);
	assert_has(&o, "7 messages on 1 connection; 4 requests, 1 without an answer");
	assert_lacks(&o, "closed by");
	assert_non_null(strstr(o.error, "truncated dump file"));
	outcome_free(&o);
	o = decode_bytes("--format pcap", file, 20);
	assert_int_equal(o.code, 2);
	outcome_free(&o);
	free(file);
	tape_free(&t);
}

static void a_capture_comes_through_a_pipe_too(void **state)
{
	struct outcome expected = plain(), o;
	struct tape t = {0};
	uint8_t *file;
	size_t len;

	(void)state;
	say_example(&t, 1460);
	file = tape_write(&t, &len);
	o = decode_input("-", file, len);
	assert_out(&o, 0, expected.out);
	outcome_free(&o);
	o = decode_input("", file, len);
	assert_out(&o, 0, expected.out);
	outcome_free(&o);
	outcome_free(&expected);
	free(file);
	tape_free(&t);
}

int packets_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_link_and_file_gives_the_same),
		cmocka_unit_test(nanoseconds_are_kept),
		cmocka_unit_test(ipv6_is_read_with_and_without_extensions),
		cmocka_unit_test(what_is_no_segment_is_left_out),
		cmocka_unit_test(fragments_are_counted),
		cmocka_unit_test(only_ports_of_sheep_count),
		cmocka_unit_test(a_link_that_is_not_known_is_told),
		cmocka_unit_test(a_file_that_ends_early_is_told_with_what_is_there),
		cmocka_unit_test(a_capture_comes_through_a_pipe_too),
	};

	return cmocka_run_group_tests_name("decode: packets", tests, NULL, NULL);
}
