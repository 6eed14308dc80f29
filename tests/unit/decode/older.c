/* Traffic of nodes before 1.0: what their requests tell of their version counts for all. */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

/* A list of members with one node of 0.7. */
static const char asks_for_members[] =
	"> 0882000000000000 0000000000e00000 0000000000000000 0000000000000000 0000000000000000 "
	"0000000000000000\n"
	"< 0082000001000000 0000000038000000 0000000001000000 0000000000000000 0000000000000000 "
	"0000000000000000 000000000000000000000000 0a000001 581b 00000000000000000000000000000000 "
	"0000 00000000 4000 0000 05000000 0000004000000000\n";

/* NEW_VDI of QEMU 2.3, with its byte 31, and the name. */
static char *creates(const char *before)
{
	static const char request[] = "> 0011010000000000 0000000000010000 0000000100000000 "
				      "0000000000000016 0000000000000000 0000000000000000 61";
	char *text = calloc(1, strlen(before) + sizeof(request) + 600);
	size_t len;

	assert_non_null(text);
	strcpy(text, before);
	strcat(text, request);
	len = strlen(text);
	memset(text + len, '0', 510);
	strcat(text, "\n");
	return text;
}

static void what_nodes_tell_counts_for_clients_too(void **state)
{
	char *text = creates(asks_for_members);
	struct outcome o = decode_text("", text);

	(void)state;
	assert_int_equal(o.code, 0);
	assert_has(&o, "GET_NODE_LIST        SUCCESS epoch=1 len=56 nr_nodes=1 | "
		       "node[0].nid=10.0.0.1:7000 node[0].nr_vnodes=64 node[0].zone=5 "
		       "node[0].space=1073741824");
	assert_has(&o, "NEW_VDI              v=0 flags=WRITE len=256 vdi_size=16777216 "
		       "copies=369098752 | name=\"a\"");
	outcome_free(&o);
	free(text);

	text = creates("");
	o = decode_text("", text);
	assert_has(&o, "vdi_size=16777216 block_size_shift=22 | name=\"a\"");
	outcome_free(&o);
	o = decode_text("--peer-version 8", text);
	assert_has(&o, "vdi_size=16777216 copies=369098752 | name=\"a\"");
	outcome_free(&o);
	o = decode_text("--peer-version 8 --json", text);
	assert_has(&o, "\"version\":0,\"peer\":\"8\",");
	outcome_free(&o);
	free(text);
}

/* 0x09 is 0.9 unless it is said that it is 0.8: 8 bytes for a VDI, or 1420. */
static void what_two_releases_share_must_be_said(void **state)
{
	static const char text[] =
		"> 09ab000001000000 0000000000200000 0000000000000000 0000000000000000 "
		"0000000000000000 0000000000000000\n"
		"< 00ab000001000000 0000000010000000 0000000000000000 0000000000000000 "
		"0000000000000000 0000000000000000 2b20ed00 03010000 2c20ed00 03000000\n";
	struct outcome o = decode_text("", text);

	(void)state;
	assert_int_equal(o.code, 1);
	assert_has(&o, "16 bytes are not some vdi_states of 1420");
	outcome_free(&o);
	o = decode_text("--peer-version 9a", text);
	assert_int_equal(o.code, 0);
	assert_has(&o, "vdi[ed202b].nr_copies=3 vdi[ed202b].snapshot=1 ...");
	outcome_free(&o);
	/* a request that tells another version is believed */
	o = decode_text("--peer-version 8", text);
	assert_int_equal(o.code, 1);
	outcome_free(&o);
	o = decode_text("--peer-version 11", text);
	assert_int_equal(o.code, 2);
	assert_non_null(strstr(o.error, "there is no peer version `11'"));
	outcome_free(&o);
}

static void results_have_the_names_of_their_release(void **state)
{
	static const char text[] =
		"> 09a1000001000000 0000000000200000 0000000000000000 0000000000000000 "
		"0000000000000000 0000000000000000\n"
		"< 00a1000001000000 0000000000000000 1c00000000000000 0000000000000000 "
		"0000000000000000 0000000000000000\n";
	struct outcome o = decode_text("", text);

	(void)state;
	assert_has(&o, "GET_OBJ_LIST         COLLECTING_CINFO epoch=1");
	outcome_free(&o);
	o = decode_text("--json", text);
	assert_has(&o, "\"result\":\"COLLECTING_CINFO\",\"code\":28");
	outcome_free(&o);
	o = decode_text("--result COLLECTING_CINFO", text);
	assert_int_equal(count_of(&o, "GET_OBJ_LIST"), 2);
	outcome_free(&o);
	o = decode_text("--result INCOMPLETE", text);
	assert_int_equal(count_of(&o, "GET_OBJ_LIST"), 0);
	outcome_free(&o);
}

int older_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nodes_tell_counts_for_clients_too),
		cmocka_unit_test(what_two_releases_share_must_be_said),
		cmocka_unit_test(results_have_the_names_of_their_release),
	};

	return cmocka_run_group_tests_name("decode: older releases", tests, NULL, NULL);
}
