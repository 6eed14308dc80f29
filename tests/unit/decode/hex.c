/* Hexadecimal digits: messages in lines, or a stream; and other inputs that are no packets. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

#define READ                                                                                       \
	"010208000000000008000000001000000500 00002b20ed00 0000000000000000"                       \
	" 03000000 000000000000000000000000"
#define NO_OBJ                                                                                     \
	"000200000100000008000000000000000200 000000000000 0000000000000000"                       \
	" 00000000 000000000000000000000000"

static void each_line_is_a_message(void **state)
{
	struct outcome o = decode_text("", "# what QEMU said\n" READ " # at 10:00\n\n" NO_OBJ "\n");

	(void)state;
	assert_out(
		&o, 0,
		"    1   1 > READ_OBJ             v=1 flags=DIRECT id=8 oid=00ed202b00000005 off=0 "
		"len=4096 copies=3\n"
		"    2   1 < READ_OBJ             NO_OBJ id=8 epoch=1 len=0  (#1)\n"
		"2 messages on 1 connection; 1 request; 1 answer other than SUCCESS\n");
	outcome_free(&o);
}

static void standard_input_is_read_too(void **state)
{
	struct outcome o = decode_input("", READ "\n", strlen(READ) + 1);

	(void)state;
	assert_has(&o, "1 > READ_OBJ             v=1 flags=DIRECT id=8 ");
	assert_has(&o, "(the capture ends)\n1 message on 1 connection; 1 request, 1 without an "
		       "answer\n");
	outcome_free(&o);
	o = decode_input("", "", 0);
	assert_out(&o, 0, "0 messages on 1 connection\n");
	outcome_free(&o);
}

/* Bytes as `xxd -p -c WIDTH' prints them. */
static char *hex_dump(const uint8_t *bytes, size_t len, size_t width)
{
	char *text = need(malloc(len * 3 + 2)), *at = text;

	for (size_t i = 0; i < len; i++)
		at += sprintf(at, "%02x%s", bytes[i], i % width == width - 1 ? "\n" : "");
	strcpy(at, "\n");
	return text;
}

static void the_longest_name_of_an_operation_ends_with_a_blank(void **state)
{
	struct outcome o = decode_text("", "> 0ac7000000000000 0000000094050000 0100000005000000 "
					   "2b20ed0000000000 0000000000000000 0000000000000000\n");

	(void)state;
	assert_has(&o, " > VDI_STATE_CHECKPOINT_CTL len=1428 get=1 tgt_epoch=5 vid=ed202b\n");
	outcome_free(&o);
}

/* What a header that nobody believes has announced is passed over with it; behind that the stream
 * goes on, with whatever is in step: an operation that nobody knows. */
static void a_header_that_is_wrong_takes_nothing_with_it_but_its_payload(void **state)
{
	static const uint8_t wrong[48] = {255, 0x15, 1, 0, [12] = 0, 2};
	static const uint8_t unknown[48] = {1, 0x7f};
	uint8_t bytes[4 * 48 + NAMES] = {0};
	char *text;
	struct outcome o;

	(void)state;
	memcpy(bytes, read_obj, 48);
	memcpy(bytes + 48, wrong, 48);
	memcpy(bytes + 96 + NAMES, unknown, 48);
	memcpy(bytes + 144 + NAMES, read_again, 48);
	text = hex_dump(bytes, sizeof(bytes), sizeof(bytes));
	o = decode_text("", text);
	assert_has(&o, "passed over 560 bytes at 48 of the stream: this is no header: version 255");
	assert_has(&o, "    2   1 > 0x7f                 v=1 len=0\n");
	assert_has(&o, "3 messages on 1 connection; 3 requests, 3 without an answer; 2 malformed; "
		       "560 bytes passed over\n");
	outcome_free(&o);
	free(text);
	/* Where its length is wrong too, only what looks like a header is taken for one. */
	bytes[48 + 13] = 1;
	text = hex_dump(bytes, sizeof(bytes), sizeof(bytes));
	o = decode_text("", text);
	assert_lacks(&o, "0x7f  ");
	assert_has(&o, "2 messages on 1 connection; 2 requests, 2 without an answer; 1 malformed; "
		       "608 bytes passed over\n");
	outcome_free(&o);
	free(text);
}

static void lines_of_any_length_are_a_stream(void **state)
{
	static const size_t widths[] = {16, 30, 32, 47, 49, 64, 100000};
	uint8_t bytes[4 * 48 + 512];
	char *expected = NULL;

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, get_vdi_info, 48);
	memcpy(bytes + 48, "alpha", 5);
	memcpy(bytes + 560, vdi_info, 48);
	memcpy(bytes + 608, read_obj, 48);
	memcpy(bytes + 656, no_obj, 48);
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		char *text = hex_dump(bytes, sizeof(bytes), widths[i]);
		struct outcome o = decode_text("", text);

		assert_int_equal(o.code, 0);
		assert_has(&o, "1 < GET_VDI_INFO         SUCCESS epoch=1 len=0 vdi_id=ed202b ");
		assert_has(&o,
			   "4 messages on 1 connection; 2 requests; 1 answer other than SUCCESS");
		if (expected != NULL)
			assert_string_equal(o.out, expected);
		else
			expected = strdup(o.out);
		outcome_free(&o);
		free(text);
	}
	free(expected);
}

/* Without version and flags a header does not tell who says it. */
#define READ_OLD                                                                                   \
	"000200000000000008000000001000000500 00002b20ed00 0000000000000000"                       \
	" 03000000 000000000000000000000000"

static void who_says_it_is_guessed_or_told(void **state)
{
	struct outcome o = decode_text("", READ_OLD "\n" NO_OBJ "\n");

	(void)state;
	/* By itself it is a request, as an answer would have what it announces. */
	assert_has(&o, "1 > READ_OBJ             v=0 id=8 oid=00ed202b00000005");
	assert_has(&o, "1 < READ_OBJ             NO_OBJ id=8 epoch=1 len=0  (#1)\n");
	outcome_free(&o);
	o = decode_text("", NO_OBJ "\n");
	assert_has(&o, "1 < READ_OBJ             NO_OBJ id=8 epoch=1 len=0  (request not seen)\n");
	assert_int_equal(o.code, 0);
	outcome_free(&o);
	o = decode_text("", ">" READ_OLD "\n");
	assert_has(&o, "1 > READ_OBJ ");
	outcome_free(&o);
	o = decode_text("", "< " READ_OLD "\n");
	assert_has(&o, "1 < READ_OBJ ");
	/* An answer that lacks what it announces. */
	assert_int_equal(o.code, 1);
	assert_has(&o,
		   "! malformed at byte 48 of it, 48 of the stream: it ends after 0 of 4096 bytes "
		   "of payload\n");
	outcome_free(&o);
}

static void lines_that_are_no_messages_are_told(void **state)
{
	struct outcome o = decode_text("", READ "\n0a0b0c\n" NO_OBJ "\n");

	(void)state;
	assert_int_equal(o.code, 1);
	assert_has(&o, "malformed: passed over 3 bytes at 48 of the stream: 3 bytes of a "
		       "header, then the line ends\n");
	assert_has(&o, "2 messages on 1 connection; 1 request; 1 answer other than SUCCESS; 1 "
		       "malformed; 3 bytes passed over\n");
	outcome_free(&o);

	o = decode_text("", READ "ff\n" NO_OBJ "\n" NO_OBJ "\n");
	assert_int_equal(o.code, 1);
	assert_has(&o,
		   "passed over 1 bytes at 48 of the stream: 1 bytes of a header, then the line "
		   "ends\n");
	outcome_free(&o);
}

static void what_is_no_hex_is_refused_with_its_line(void **state)
{
	struct outcome o = decode_text("", READ "\n" READ "0\n");

	(void)state;
	assert_int_equal(o.code, 2);
	assert_non_null(strstr(o.error, ":2: not pairs of hexadecimal digits, as `xxd -p' prints"));
	assert_string_equal(o.out, "");
	outcome_free(&o);
	o = decode_text("", READ "\nxyz\n");
	assert_int_equal(o.code, 2);
	assert_non_null(strstr(o.error, ":2: not pairs"));
	outcome_free(&o);
	o = decode_text("", READ "\n00000000: 0102 0304  ....\n");
	assert_int_equal(o.code, 2);
	outcome_free(&o);
	o = decode_text("", "Dear sheep,\n");
	assert_int_equal(o.code, 2);
	assert_non_null(strstr(o.error, "neither packets (pcap, pcapng), nor a captured"));
	outcome_free(&o);
	o = decode_bytes("", "\0\1\2\3\4\5", 6);
	assert_int_equal(o.code, 2);
	outcome_free(&o);
	o = decode_bytes("--format hex", "00\0 00", 6);
	assert_int_equal(o.code, 2);
	outcome_free(&o);
}

static void a_message_of_the_simulated_driver_is_said(void **state)
{
	char text[2 * 112 + 2] = "5373447201030000";
	struct outcome o;

	(void)state;
	memset(text + 16, '0', 2 * 112 - 16);
	memcpy(text + 32, "70", 2); /* its length: 112 */
	text[224] = '\n';
	o = decode_text("-v", text);
	assert_int_equal(o.code, 0);
	assert_has(&o, "    1   - * LEAVE\n");
	assert_has(&o, " type                   LEAVE\n");
	outcome_free(&o);
	text[32] = '8';
	o = decode_text("", text);
	assert_int_equal(o.code, 1);
	assert_has(&o, "! malformed at byte 16 of it");
	outcome_free(&o);
}

static void an_inode_can_be_read_as_it_is_stored(void **state)
{
	uint8_t *inode = need(calloc(1, 12587576));
	struct outcome o;

	(void)state;
	memcpy(inode, "alpha", 5);
	inode[539] = 0x40; /* 1 GiB */
	inode[560] = 0x2b;
	inode[561] = 0x20;
	inode[562] = 0xed;
	inode[4664 + 4 * 3] = 0x2a;
	o = decode_bytes("--format inode -v", inode, 12587576);
	assert_int_equal(o.code, 0);
	assert_has(&o, "* inode                vid=ed202b size=1073741824\n");
	assert_has(&o, "           +4676     4  data_vdi_id[3]         00002a\n");
	outcome_free(&o);
	o = decode_bytes("--format inode", inode, 4664);
	assert_int_equal(o.code, 1);
	assert_has(&o, "inode of 4664 bytes, not 4198968 (0.7)");
	outcome_free(&o);
	free(inode);
}

int hex_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_a_message),
		cmocka_unit_test(standard_input_is_read_too),
		cmocka_unit_test(the_longest_name_of_an_operation_ends_with_a_blank),
		cmocka_unit_test(a_header_that_is_wrong_takes_nothing_with_it_but_its_payload),
		cmocka_unit_test(lines_of_any_length_are_a_stream),
		cmocka_unit_test(who_says_it_is_guessed_or_told),
		cmocka_unit_test(lines_that_are_no_messages_are_told),
		cmocka_unit_test(what_is_no_hex_is_refused_with_its_line),
		cmocka_unit_test(a_message_of_the_simulated_driver_is_said),
		cmocka_unit_test(an_inode_can_be_read_as_it_is_stored),
	};

	return cmocka_run_group_tests_name("decode: hexadecimal digits", tests, NULL, NULL);
}
