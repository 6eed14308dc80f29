/*
 * The captured conversations with a shepherd server have the layouts that shepherd.h gives, and the
 * codec gives their bytes back; anything else is refused with its place.
 */
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sheepsim/wire/shepherd.h"
#include "vectors.h"
#include "wire/shepherd_message.h"
#include "wire/text.h"

/* How many messages of each type and direction there were. */
static size_t seen[2][8];
static size_t operations;
static char where[512];

/* A member record at offset, which must be one of the captured nodes (127.0.0.1, ports 7000-7003).
 */
static void check_node(const struct blob *b, uint64_t offset)
{
	static const uint8_t localhost[16] = {[12] = 127, 0, 0, 1};
	uint8_t bytes[NODE_RECORD_SIZE];
	struct node_rec n;

	blob_read(b, offset, bytes, sizeof(bytes));
	node_rec_decode(bytes, &n);
	assert_memory_equal(n.nid.addr, localhost, sizeof(localhost));
	assert_in_range(n.nid.port, 7000, 7003);
	assert_int_equal(n.zone, n.nid.port - 7000 + 1);
}

/* nr_nodes at offset, the nodes themselves from first on. */
static void check_nodes(const struct blob *b, uint64_t first, uint64_t offset)
{
	uint8_t nr[4];

	blob_read(b, offset, nr, sizeof(nr));
	assert_in_range(get_le32(nr), 0, 4);
	for (uint32_t i = 0; i < get_le32(nr); i++)
		check_node(b, first + i * sizeof(struct sd_node));
}

static void check_opaque(struct blob *b, uint64_t offset)
{
	struct blob *opaque = blob_slice(b, offset, CLUSTER_INFO_SIZE);
	struct node_rec *nodes;
	struct cluster_info ci;

	assert_int_equal(cluster_info_decode(opaque, &ci, &nodes, NULL), 0);
	/* A fresh sheep says no version yet. */
	assert_true(ci.proto_ver == 0 || ci.proto_ver == 0x0a);
	assert_true(ci.status == SD_STATUS_OK || ci.status == SD_STATUS_WAIT);
	free(nodes);
	blob_unref(opaque);
}

static void check_operation(struct blob *b, uint64_t offset, uint64_t unused)
{
	struct blob *message = blob_slice(b, offset, blob_size(b) - offset - unused);
	struct blob *data, *again;
	struct req q;
	struct rsp p;

	assert_int_equal(vdi_op_decode(message, &q, &p, &data, NULL), 0);
	again = vdi_op_encode(&q, &p, data);
	assert_true(blob_equal(again, message));
	assert_true(blob_size(data) == 0 || blob_size(data) == 6 || blob_size(data) == 80 ||
		    blob_size(data) == 256 || blob_size(data) == 512);
	operations++;
	blob_unref(data);
	blob_unref(again);
	blob_unref(message);
}

static void check_to_server(uint32_t type, struct blob *b)
{
	switch (type) {
	case SD_SHEPHERD_JOIN:
	case SD_SHEPHERD_ACCEPT:
		assert_int_equal(blob_size(b), SD_SHEPHERD_JOIN_FIXED + CLUSTER_INFO_SIZE);
		check_node(b, offsetof(struct sd_shepherd_join, new_node));
		check_nodes(b, offsetof(struct sd_shepherd_join, nodes),
			    offsetof(struct sd_shepherd_join, nr_nodes));
		check_opaque(b, SD_SHEPHERD_JOIN_OPAQUE);
		break;
	case SD_SHEPHERD_NOTIFY:
		check_operation(b, SD_SHEPHERD_NOTIFY_MESSAGE, 0);
		break;
	case SD_SHEPHERD_BLOCK:
	case SD_SHEPHERD_LEAVE:
		assert_int_equal(blob_size(b), 0);
		break;
	default:
		fail_msg("%s: type %u", where, type);
	}
}

static void check_to_sheep(uint32_t type, struct blob *b)
{
	switch (type) {
	case SD_SHEPHERD_JOIN_REPLY:
		assert_int_equal(blob_size(b), SD_SHEPHERD_REPLY_FIXED + CLUSTER_INFO_SIZE);
		check_nodes(b, offsetof(struct sd_shepherd_reply, nodes),
			    offsetof(struct sd_shepherd_reply, nr_nodes));
		check_opaque(b, SD_SHEPHERD_REPLY_OPAQUE);
		break;
	case SD_SHEPHERD_JOIN_RETRY:
		assert_int_equal(blob_size(b), 0);
		break;
	case SD_SHEPHERD_NEW_NODE:
	case SD_SHEPHERD_NEW_NODE_FINISH:
		check_to_server(SD_SHEPHERD_JOIN, b);
		break;
	case SD_SHEPHERD_NOTIFY_FORWARD:
		check_node(b, offsetof(struct sd_shepherd_forward, sender));
		check_operation(b, SD_SHEPHERD_FORWARD_MESSAGE,
				SD_SHEPHERD_FORWARD_FIXED - SD_SHEPHERD_FORWARD_MESSAGE);
		break;
	case SD_SHEPHERD_BLOCK_FORWARD:
	case SD_SHEPHERD_LEAVE_FORWARD:
	case SD_SHEPHERD_REMOVE:
		assert_int_equal(blob_size(b), sizeof(struct sd_node));
		check_node(b, 0);
		break;
	default:
		fail_msg("%s: type %u", where, type);
	}
}

/* Header and body in one. */
static struct blob *whole(const struct vector_message *m)
{
	struct blob *b = blob_zero(SHEPHERD_HEADER + blob_size(m->payload));

	b = blob_write(b, 0, m->head, SHEPHERD_HEADER);
	return blob_overlay(b, SHEPHERD_HEADER, m->payload);
}

struct fields {
	uint64_t at, size, nr;
	char last[64];
};

static void next_field(void *arg, const char *name, uint64_t offset, uint64_t len,
		       const char *value)
{
	struct fields *f = arg;

	if (!value[0] || offset < f->at || len == 0 || offset + len > f->size)
		fail_msg("%s: %s at %lu, %lu bytes", where, name, (unsigned long)offset,
			 (unsigned long)len);
	f->at = offset;
	f->nr++;
	snprintf(f->last, sizeof(f->last), "%s", name);
}

/* What was said comes back to the byte: real sheep and shepherd leave zeros where nothing is. */
static void check_codec(const struct vector_message *v)
{
	struct blob *b = whole(v), *again;
	struct shepherd_message m;
	struct wire_error err;
	struct fields f = {.size = blob_size(b)};
	struct text t = {0};
	uint8_t *bytes;

	if (shepherd_message_decode(DIALECT_NEWEST, b, v->request, &m, &err) < 0)
		fail_msg("%s: byte %lu: %s", where, (unsigned long)err.offset, err.text);
	again = shepherd_message_encode(DIALECT_NEWEST, &m);
	bytes = malloc(blob_size(b));
	blob_read(b, 0, bytes, blob_size(b));
	assert_blob_bytes(where, again, bytes, blob_size(b));
	shepherd_message_text(&t, &m);
	assert_memory_equal(text_get(&t), shepherd_type_name(v->request, m.type, NULL),
			    strlen(shepherd_type_name(v->request, m.type, NULL)));
	shepherd_fields(DIALECT_NEWEST, b, v->request, next_field, &f);
	assert_true(f.nr >= 2);
	text_free(&t);
	free(bytes);
	shepherd_message_clear(&m);
	blob_unref(again);
	blob_unref(b);
}

static void check_conversation(const char *path, const struct vector *v)
{
	for (size_t i = 0; i < v->nr_messages; i++) {
		const struct vector_message *m = &v->messages[i];
		struct sd_shepherd_header head;
		uint32_t type;

		snprintf(where, sizeof(where), "%s:%u", path, m->line);
		assert_int_equal(m->head_len, sizeof(head));
		memcpy(&head, m->head, sizeof(head));
		assert_int_equal(sd_le32_to_cpu(head.body_len), blob_size(m->payload));
		type = sd_le32_to_cpu(head.type);
		assert_true(type < 8);
		check_codec(m);
		seen[m->request][type]++;
		if (m->request)
			check_to_server(type, m->payload);
		else
			check_to_sheep(type, m->payload);
	}
}

static void what_sheep_and_shepherd_said_has_the_layouts_of_the_header(void **state)
{
	(void)state;
	memset(seen, 0, sizeof(seen));
	operations = 0;
	assert_int_equal(vector_each("shepherd", check_conversation), 21);
	/* Every type of message was there. */
	for (size_t type = 0; type < 5; type++)
		assert_true(seen[true][type] > 0);
	for (size_t type = 0; type < 8; type++)
		assert_true(seen[false][type] > 0);
	assert_true(operations > 20);
}

#define KNOWN_TO_SERVER(name, type, body) assert_int_equal(SD_SHEPHERD_##name, type);
#define KNOWN_TO_SHEEP(name, type, body)  assert_int_equal(SD_SHEPHERD_##name, type);

static void the_lists_of_types_agree_with_their_numbers(void **state)
{
	(void)state;
	SD_SHEPHERD_TO_SERVER(KNOWN_TO_SERVER)
	SD_SHEPHERD_TO_SHEEP(KNOWN_TO_SHEEP)
}

int shepherd_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_sheep_and_shepherd_said_has_the_layouts_of_the_header),
		cmocka_unit_test(the_lists_of_types_agree_with_their_numbers),
	};

	return cmocka_run_group_tests_name("wire: shepherd", tests, NULL, NULL);
}
