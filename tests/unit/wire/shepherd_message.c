/*
 * The codec of shepherd's messages: where the parts lie, what it drops, and what it refuses.
 */
#include "tests.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sheepsim/wire/shepherd.h"
#include "wire/ops.h"
#include "wire/shepherd_message.h"

static struct node_rec member(uint16_t port)
{
	struct node_rec n = {
		.nid.port = port, .nr_vnodes = 128, .zone = port, .space = UINT64_C(1) << 40};

	n.nid.addr[12] = 10;
	n.nid.addr[15] = 3;
	return n;
}

static void assert_same_node(const struct node_rec *a, const struct node_rec *b)
{
	assert_int_equal(node_id_cmp(&a->nid, &b->nid), 0);
	assert_int_equal(a->nr_vnodes, b->nr_vnodes);
	assert_int_equal(a->zone, b->zone);
	assert_int_equal(a->space, b->space);
}

static void assert_bytes_at(const struct blob *b, uint64_t at, const char *hex)
{
	struct blob *part = blob_slice((struct blob *)b, at, strlen(hex) / 2);
	uint8_t bytes[64];

	unhex(hex, bytes, strlen(hex) / 2);
	assert_blob_bytes(hex, part, bytes, strlen(hex) / 2);
	blob_unref(part);
}

static struct node_rec members[2];

/* A message with nine bytes of blob, if it may have one. */
static struct shepherd_message example(bool to_server, uint32_t type)
{
	struct shepherd_message m = {.to_server = to_server, .type = type};
	enum shepherd_body body;

	members[0] = member(7000);
	members[1] = member(7001);
	assert_non_null(shepherd_type_name(to_server, type, &body));
	if (body == SHEPHERD_BODY_JOIN || body == SHEPHERD_BODY_FORWARD ||
	    body == SHEPHERD_BODY_NODE)
		m.node = member(7002);
	if (body == SHEPHERD_BODY_JOIN || body == SHEPHERD_BODY_REPLY) {
		m.nodes = members;
		m.nr_nodes = 2;
	}
	m.unblock = body == SHEPHERD_BODY_NOTIFY || body == SHEPHERD_BODY_FORWARD;
	if (body != SHEPHERD_BODY_NONE && body != SHEPHERD_BODY_NODE)
		m.blob = hex_blob("a1a2a3a4a5a6a7a8a9");
	return m;
}

/* The offsets are those of header.h's comment, written down by hand: 8 + 491604 and so on. */
static void the_variable_part_begins_before_the_padding(void **state)
{
	static const struct {
		bool to_server;
		uint32_t type;
		uint64_t size;
		const char *head;
		uint64_t blob_at;
	} expected[] = {
		{true, SD_SHEPHERD_JOIN, 8 + 491608 + 9, "0000000061800700", 491612},
		{true, SD_SHEPHERD_ACCEPT, 8 + 491608 + 9, "0100000061800700", 491612},
		{true, SD_SHEPHERD_NOTIFY, 8 + 1 + 9, "020000000a000000", 9},
		{false, SD_SHEPHERD_JOIN_REPLY, 8 + 491528 + 9, "0000000011800700", 491532},
		{false, SD_SHEPHERD_NEW_NODE, 8 + 491608 + 9, "0200000061800700", 491612},
		{false, SD_SHEPHERD_NEW_NODE_FINISH, 8 + 491608 + 9, "0300000061800700", 491612},
		{false, SD_SHEPHERD_NOTIFY_FORWARD, 8 + 88 + 9, "0400000061000000", 89},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct shepherd_message m = example(expected[i].to_server, expected[i].type);
		struct blob *b = shepherd_message_encode(DIALECT_NEWEST, &m);

		assert_int_equal(blob_size(b), expected[i].size);
		assert_bytes_at(b, 0, expected[i].head);
		assert_bytes_at(b, expected[i].blob_at, "a1a2a3a4a5a6a7a8a9");
		/* What the length counts too much follows, and is nobody's. */
		assert_true(blob_is_zero(b, expected[i].blob_at + 9,
					 expected[i].size - expected[i].blob_at - 9));
		blob_unref(b);
		blob_unref(m.blob);
	}
}

static void every_type_comes_back(void **state)
{
	size_t types = 0;

	(void)state;
	for (uint32_t i = 0; i < 2 * 9; i++) {
		struct shepherd_message m, again;
		struct wire_error err;
		struct blob *b;

		if (!shepherd_type_name(i % 2, i / 2, NULL))
			continue;
		types++;
		m = example(i % 2, i / 2);
		b = shepherd_message_encode(DIALECT_NEWEST, &m);
		if (shepherd_message_decode(DIALECT_NEWEST, b, i % 2, &again, &err) < 0)
			fail_msg("type %u: byte %lu: %s", i / 2, (unsigned long)err.offset,
				 err.text);
		assert_int_equal(again.to_server, m.to_server);
		assert_int_equal(again.type, m.type);
		assert_int_equal(again.unblock, m.unblock);
		assert_same_node(&again.node, &m.node);
		assert_int_equal(again.nr_nodes, m.nr_nodes);
		for (uint32_t k = 0; k < m.nr_nodes; k++)
			assert_same_node(&again.nodes[k], &members[k]);
		assert_int_equal(blob_size(again.blob), blob_size(m.blob));
		assert_true(!m.blob || blob_equal(again.blob, m.blob));
		shepherd_message_clear(&again);
		assert_null(again.nodes);
		blob_unref(b);
		blob_unref(m.blob);
	}
	assert_int_equal(types, 13);
}

/* Bytes that are nobody's: linkage, unused slots, and the padding that the length counts. */
static void what_is_nobodys_is_dropped(void **state)
{
	static const struct {
		uint64_t at;
		const char *hex;
	} junk[] = {
		{8, "f0f1f2f3f4f5f6f7"},
		{8 + 80 + 2 * 80, "ffff"},
		{8 + 491600 - 1, "ff"},
		{8 + 491604 + 9, "eeeeeeee"},
	};
	struct shepherd_message m = example(true, SD_SHEPHERD_JOIN), again;
	struct blob *clean = shepherd_message_encode(DIALECT_NEWEST, &m), *b = blob_ref(clean),
		    *back;

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		uint8_t bytes[8];

		unhex(junk[i].hex, bytes, strlen(junk[i].hex) / 2);
		b = blob_write(b, junk[i].at, bytes, strlen(junk[i].hex) / 2);
	}
	assert_false(blob_equal(b, clean));
	assert_int_equal(shepherd_message_decode(DIALECT_NEWEST, b, true, &again, NULL), 0);
	back = shepherd_message_encode(DIALECT_NEWEST, &again);
	assert_true(blob_equal(back, clean));
	shepherd_message_clear(&again);
	blob_unref(back);
	blob_unref(b);
	blob_unref(clean);
	blob_unref(m.blob);
}

static void refuse(bool to_server, struct blob *b, uint64_t offset, const char *words)
{
	struct shepherd_message m;
	struct wire_error err;

	assert_true(shepherd_message_decode(DIALECT_NEWEST, b, to_server, &m, &err) < 0);
	assert_int_equal(err.offset, offset);
	if (!strstr(err.text, words))
		fail_msg("`%s' is not in `%s'", words, err.text);
	assert_null(m.nodes);
	assert_null(m.blob);
	/* The words are not needed. */
	assert_true(shepherd_message_decode(DIALECT_NEWEST, b, to_server, &m, NULL) < 0);
	blob_unref(b);
}

static struct blob *changed(struct blob *b, uint64_t at, const char *hex)
{
	uint8_t bytes[16];

	unhex(hex, bytes, strlen(hex) / 2);
	return blob_write(b, at, bytes, strlen(hex) / 2);
}

static void what_cannot_be_is_refused_with_its_place(void **state)
{
	struct shepherd_message join = example(true, SD_SHEPHERD_JOIN);
	struct shepherd_message reply = example(false, SD_SHEPHERD_JOIN_REPLY);
	struct shepherd_message notify = example(true, SD_SHEPHERD_NOTIFY);
	struct shepherd_message forward = example(false, SD_SHEPHERD_NOTIFY_FORWARD);

	(void)state;
	refuse(true, blob_zero(7), 7, "at least 8 are needed");
	refuse(true, hex_blob("0500000000000000"), 0, "no type 5 of messages to shepherd");
	refuse(false, hex_blob("0800000000000000"), 0, "no type 8 of messages from shepherd");
	refuse(true, hex_blob("0300000001000000 00"), 4, "BLOCK with a body of 1 bytes, not 0");
	refuse(false, hex_blob("050000004f000000"), 4, "BLOCK_FORWARD with a body of 79");
	refuse(true, hex_blob("0200000000000000"), 4, "not 1 or more");
	refuse(false, hex_blob("0400000057000000"), 4, "87 bytes, not 88 or more");
	/* A header that lies about its body costs no memory. */
	refuse(true, hex_blob("02000000ffffffff 00"), 4, "body of 1 bytes where the header says");
	refuse(true, hex_blob("0300000000000000 00"), 4, "body of 1 bytes where the header says 0");
	refuse(true,
	       changed(shepherd_message_encode(DIALECT_NEWEST, &join), 8 + 491600, "01180000"),
	       8 + 491600, "6145 nodes, more than 6144");
	refuse(false,
	       changed(shepherd_message_encode(DIALECT_NEWEST, &reply), 8 + 491520, "ffffffff"),
	       8 + 491520, "4294967295 nodes");
	refuse(true, changed(shepherd_message_encode(DIALECT_NEWEST, &notify), 8, "02"), 8,
	       "unblock is 2");
	refuse(false, changed(shepherd_message_encode(DIALECT_NEWEST, &forward), 8 + 80, "ff"),
	       8 + 80, "unblock is 255");
	blob_unref(join.blob);
	blob_unref(reply.blob);
	blob_unref(notify.blob);
	blob_unref(forward.blob);
}

static void headers_alone_tell_what_follows(void **state)
{
	uint8_t head[8];
	uint32_t length;

	(void)state;
	unhex("0000000088000f00", head, sizeof(head));
	assert_int_equal(shepherd_header_decode(DIALECT_NEWEST, head, true, &length, NULL), 0);
	assert_int_equal(length, 983176);
	unhex("0600000050000000", head, sizeof(head));
	assert_int_equal(shepherd_header_decode(DIALECT_NEWEST, head, false, &length, NULL), 0);
	assert_int_equal(length, 80);
	assert_true(shepherd_header_decode(DIALECT_NEWEST, head, true, &length, NULL) < 0);
}

static void a_line_names_node_and_operation(void **state)
{
	struct shepherd_message m = example(false, SD_SHEPHERD_NOTIFY_FORWARD);
	struct text t = {0};
	struct req q;
	struct rsp p;

	(void)state;
	blob_unref(m.blob);
	req_init(&q, (uint8_t)op_by_name("NEW_VDI"));
	rsp_init(&p, &q, 0);
	q.vdi.vdi_size = 4096;
	m.blob = vdi_op_encode(&q, &p, NULL);
	shepherd_message_text(&t, &m);
	assert_string_equal(text_get(&t),
			    "NOTIFY_FORWARD 10.0.0.3:7002 unblock NEW_VDI len=0 vdi_size=4096");
	text_clear(&t);
	blob_unref(m.blob);

	m = example(false, SD_SHEPHERD_JOIN_REPLY);
	blob_unref(m.blob);
	m.blob = cluster_info_encode(&(struct cluster_info){.epoch = 4, .status = 1}, NULL,
				     CLUSTER_INFO_SIZE);
	shepherd_message_text(&t, &m);
	assert_string_equal(text_get(&t), "JOIN_REPLY nodes=2 epoch=4 status=OK");
	text_free(&t);
	blob_unref(m.blob);
}

/* Member records of 56 bytes, 1024 of them (versions.md 3.4). */
static void messages_of_0_7_are_shorter(void **state)
{
	struct node_rec nodes[2] = {{.zone = 1}, {.zone = 2}};
	struct shepherd_message m = {.to_server = true,
				     .type = SD_SHEPHERD_JOIN,
				     .node = {.zone = 3},
				     .nr_nodes = 2,
				     .nodes = nodes,
				     .blob = blob_new("abc", 3)},
				back;
	struct blob *b = shepherd_message_encode(DIALECT_08, &m);
	uint8_t head[SHEPHERD_HEADER];
	uint32_t length;

	(void)state;
	assert_int_equal(blob_size(b), 8 + 57408 + 3);
	assert_int_equal(shepherd_message_decode(DIALECT_08, b, true, &back, NULL), 0);
	assert_int_equal(back.nr_nodes, 2);
	assert_int_equal(back.nodes[1].zone, 2);
	assert_int_equal(back.node.zone, 3);
	assert_true(blob_equal(back.blob, m.blob));
	shepherd_message_clear(&back);
	assert_true(shepherd_message_decode(DIALECT_0A, b, true, &back, NULL) < 0);
	blob_unref(b);
	m.to_server = false;
	m.type = SD_SHEPHERD_JOIN_REPLY;
	memset(&m.node, 0, sizeof(m.node));
	b = shepherd_message_encode(DIALECT_08, &m);
	assert_int_equal(blob_size(b), 8 + 57352 + 3);
	blob_read(b, 0, head, sizeof(head));
	assert_int_equal(shepherd_header_decode(DIALECT_08, head, false, &length, NULL), 0);
	assert_int_equal(length, 57352 + 3);
	blob_unref(b);
	m.type = SD_SHEPHERD_NOTIFY_FORWARD;
	m.nr_nodes = 0;
	b = shepherd_message_encode(DIALECT_08, &m);
	assert_int_equal(blob_size(b), 8 + 64 + 3);
	assert_int_equal(shepherd_message_decode(DIALECT_08, b, false, &back, NULL), 0);
	assert_true(blob_equal(back.blob, m.blob));
	shepherd_message_clear(&back);
	blob_unref(b);
	blob_unref(m.blob);
}

int shepherd_message_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_variable_part_begins_before_the_padding),
		cmocka_unit_test(every_type_comes_back),
		cmocka_unit_test(what_is_nobodys_is_dropped),
		cmocka_unit_test(what_cannot_be_is_refused_with_its_place),
		cmocka_unit_test(headers_alone_tell_what_follows),
		cmocka_unit_test(a_line_names_node_and_operation),
		cmocka_unit_test(messages_of_0_7_are_shorter),
	};

	return cmocka_run_group_tests_name("wire: messages of shepherd", tests, NULL, NULL);
}
