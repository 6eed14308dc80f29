/*
 * Writes what the fuzzers of the wire begin with: the messages of the captured conversations, each
 * in the form that a target takes, and a dictionary.
 *
 * usage: seeds DIRECTORY      (makes DIRECTORY/TARGET/... and DIRECTORY/wire.dict)
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/text.h"
#include "seeds.h"
#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/older_header.h"
#include "sheepsim/wire/peer.h"
#include "vectors.h"
#include "wire/cluster_event.h"
#include "wire/dialect.h"
#include "wire/driver_message.h"
#include "wire/ops.h"
#include "wire/records_admin.h"
#include "wire/records_vdi.h"

static const char *directory;

static void fail(const char *what, const char *path)
{
	fprintf(stderr, "%s: %s: %s\n", path, what, strerror(errno));
	exit(1);
}

/* ------------------------------------------------------------------ files */

void seed_add(struct seed *s, const void *bytes, size_t len)
{
	if (len > SEED_MAX - s->len)
		len = SEED_MAX - s->len;
	memcpy(s->bytes + s->len, bytes, len);
	s->len += len;
}

void seed_add_blob(struct seed *s, const struct blob *b)
{
	size_t room = SEED_MAX - s->len;
	size_t len = blob_size(b) < room ? blob_size(b) : room;

	blob_read(b, 0, s->bytes + s->len, len);
	s->len += len;
}

void seed_write(const char *target, const struct seed *s)
{
	struct blob *b = blob_new(s->bytes, s->len);
	char *folder = mem_format("%s/%s", directory, target);
	char *path = mem_format("%s/%016" PRIx64, folder, blob_digest(b));
	FILE *f;

	if (mkdir(folder, 0777) < 0 && errno != EEXIST)
		fail("cannot be made", folder);
	f = fopen(path, "wb");
	if (!f || fwrite(s->bytes, 1, s->len, f) != s->len || fclose(f) != 0)
		fail("cannot be written", path);
	free(path);
	free(folder);
	blob_unref(b);
}

/* ------------------------------------------------------------------ messages */

/* Targets that decode a structure, and what they want before its bytes. */
struct use {
	uint8_t opcode;
	bool answer;
	const char *target;
	uint8_t front[6];
	size_t front_len;
};

/* Codecs of the target "records" and lists of the target "lists" by their place there. */
static const struct use uses[] = {
	{SD_OP_COMPLETE_RECOVERY, false, "records", {0}, 2},
	{SD_OP_STAT_CLUSTER, true, "records", {1}, 2},
	{SD_OP_GET_VDI_COPIES, true, "records", {2}, 2},
	{SD_OP_VDI_STATE_CHECKPOINT_CTL, true, "records", {2}, 2},
	{SD_OP_WRITE_OBJ, false, "records", {3}, 2},
	{SD_OP_CREATE_AND_WRITE_OBJ, false, "records", {3}, 2},
	{SD_OP_READ_OBJ, true, "records", {3}, 2},
	{SD_OP_GET_VDI_ATTR, false, "records", {4}, 2},
	{SD_OP_READ_OBJ, true, "records", {5}, 2},
	{SD_OP_WRITE_OBJ, false, "records", {5}, 2},
	{SD_OP_STAT_RECOVERY, true, "records", {6}, 2},
	{SD_OP_GET_RECOVERY, true, "records", {7}, 2},
	{SD_OP_SET_RECOVERY, false, "records", {7}, 2},
	{SD_OP_STAT, true, "records", {8}, 2},
	{SD_OP_READ_OBJ, true, "records", {9}, 2},
	{SD_OP_READ_OBJ, true, "records", {10}, 2},
	{SD_OP_GET_NODE_LIST, true, "lists", {0, 0, 0, 2, 0}, 5},
	{SD_OP_CLUSTER_INFO, true, "lists", {1, 1}, 2},
	{SD_OP_GET_EPOCH, true, "lists", {2}, 1},
	{SD_OP_MD_INFO, true, "lists", {3, 3, 2}, 3},
};

static void use_payload(uint8_t opcode, bool answer, const struct blob *payload)
{
	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++) {
		struct seed s = {.len = 0};

		if (uses[i].opcode != opcode || uses[i].answer != answer)
			continue;
		seed_add(&s, uses[i].front, uses[i].front_len);
		seed_add_blob(&s, payload);
		seed_write(uses[i].target, &s);
	}
}

/* The request that an answer belongs to. */
static const struct vector_message *request_of(const struct vector *v, size_t answer)
{
	const struct vector_message *a = &v->messages[answer];

	for (size_t i = answer; i-- > 0;) {
		const struct vector_message *m = &v->messages[i];

		if (m->conn == a->conn && m->request && memcmp(m->head + 8, a->head + 8, 4) == 0)
			return m;
	}
	return NULL;
}

static const uint8_t no_header[WIRE_HEADER];

/* A message as the target "traffic" takes it; q or p may be no_header. */
static void use_traffic(const uint8_t *q, const uint8_t *p, bool answer, struct blob *payload)
{
	uint8_t dialect = DIALECT_0A - DIALECT_05, how = answer;
	struct seed s = {.len = 0};

	seed_add(&s, &dialect, 1);
	seed_add(&s, q, WIRE_HEADER);
	seed_add(&s, p, WIRE_HEADER);
	seed_add(&s, &how, 1);
	seed_add_blob(&s, payload);
	seed_write("traffic", &s);
}

static void use_request(const struct vector_message *m)
{
	struct seed header = {.len = 0};

	seed_add(&header, m->head, WIRE_HEADER);
	seed_add(&header, no_header, sizeof(no_header));
	if (blob_size(m->payload) <= 512)
		seed_add_blob(&header, m->payload);
	seed_write("header", &header);
	use_traffic(m->head, no_header, false, m->payload);
	if (m->payload)
		use_payload(m->head[1], false, m->payload);
}

static void use_answer(const struct vector_message *q, const struct vector_message *m)
{
	struct seed header = {.len = 0};

	seed_add(&header, q->head, WIRE_HEADER);
	seed_add(&header, m->head, WIRE_HEADER);
	seed_write("header", &header);
	use_traffic(q->head, m->head, true, m->payload);
	if (m->payload)
		use_payload(m->head[1], true, m->payload);
}

/* The event as each driver says it, in both layouts. */
static void use_cluster_event(const struct vector_event *v, struct blob *payload)
{
	for (uint8_t how = 16; how < 32; how++) {
		struct cluster_event e = {.driver = (enum event_driver)(how % 4 % 3)};
		struct seed s = {.len = 0};
		struct blob *b;

		while (e.type < 8 &&
		       (!event_type_name(e.driver, e.type, NULL) ||
			strcmp(event_type_name(e.driver, e.type, NULL), v->type) != 0))
			e.type++;
		if (e.type == 8 || how % 4 == 3)
			continue;
		node_rec_decode(v->sender, &e.sender.rec);
		/* zeros behind the buffer are added by the target */
		e.blob = payload && blob_size(payload) < 512 ? payload : NULL;
		b = cluster_event_encode(how & 8 ? DIALECT_08 : DIALECT_0A, &e);
		seed_add(&s, &how, 1);
		if (e.driver == EVENT_LOCAL)
			b = blob_resize(b, 700);
		seed_add_blob(&s, b);
		seed_write("cluster_event", &s);
		blob_unref(b);
	}
}

/* A notification is a vdi_op_message; it also makes a message of the simulated driver. */
static void use_event(const struct vector_event *e, struct blob *payload)
{
	struct driver_message m = {.type = SD_DRIVER_NOTIFIED, .version = 1, .position = 7};
	struct seed header = {.len = 0}, message = {.len = 0};
	struct blob *b;

	use_cluster_event(e, payload);
	if (!payload || strcmp(e->type, "NOTIFY") != 0)
		return;
	seed_add_blob(&header, payload);
	seed_write("header", &header);
	node_rec_decode(e->sender, &m.record);
	m.blob = payload;
	b = driver_message_encode(&m);
	seed_add_blob(&message, b);
	seed_write("driver_message", &message);
	blob_unref(b);
}

#define NODE_VID 0xed202bu /* of "alpha", the VDI of the cluster that the target makes */

/* Has the request ask for something that is there in the target's cluster. */
static void point_at_cluster(struct req *q)
{
	if (q->epoch > 0)
		q->epoch = 1;
	if (q->variant == VARIANT_OBJ || q->variant == VARIANT_REF) {
		q->obj.oid &= ~((uint64_t)SD_VID_MASK << SD_VID_SHIFT);
		q->obj.oid |= (uint64_t)NODE_VID << SD_VID_SHIFT;
	}
	if (q->variant == VARIANT_VDI && q->vdi.base_vdi_id > 0)
		q->vdi.base_vdi_id = NODE_VID;
}

/* Does its payload begin with the name of a VDI? */
static bool has_name(uint8_t opcode)
{
	return opcode == SD_OP_LOCK_VDI || opcode == SD_OP_GET_VDI_INFO ||
	       opcode == SD_OP_DEL_VDI || opcode == SD_OP_GET_VDI_ATTR;
}

/* All requests of a conversation. */
static void use_conversation(const struct vector *v)
{
	struct seed s = {.len = 0};

	seed_add(&s, "", 1);
	for (size_t i = 0; i < v->nr_messages; i++) {
		const struct vector_message *m = &v->messages[i];
		uint8_t head[WIRE_HEADER], len[2], bytes[600];
		size_t n = blob_size(m->payload) < sizeof(bytes) ? blob_size(m->payload)
								 : sizeof(bytes);
		struct req q;

		if (!m->request || m->head_len != WIRE_HEADER)
			continue;
		req_decode(m->head, &q);
		point_at_cluster(&q);
		req_encode(&q, head);
		put_le16(len, (uint16_t)n);
		blob_read(m->payload, 0, bytes, n);
		if (has_name(q.opcode) && n > 8)
			strcpy((char *)bytes, "alpha");
		seed_add(&s, "\1", 1);
		seed_add(&s, head, sizeof(head));
		seed_add(&s, len, sizeof(len));
		seed_add(&s, bytes, n);
	}
	if (s.len > 1)
		seed_write("node", &s);
}

/* A message of shepherd; of those with member lists the front, which the target fills up. */
static void use_shepherd(const struct vector_message *m)
{
	static const uint32_t bodies[] = {0, 491528, 491608, 983176};
	struct seed s = {.len = 0};
	uint8_t how = m->request | 2;

	for (uint8_t i = 1; i < 4; i++) {
		if (blob_size(m->payload) >= bodies[i])
			how = (uint8_t)((m->request | 2) | i << 2);
	}
	seed_add(&s, &how, 1);
	seed_add(&s, m->head, m->head_len);
	seed_add_blob(&s, m->payload);
	seed_write("shepherd_message", &s);
}

static void use_vector(const char *path, const struct vector *v)
{
	(void)path;
	use_conversation(v);
	for (size_t i = 0; i < v->nr_messages; i++) {
		const struct vector_message *m = &v->messages[i];

		if (m->event)
			use_event(m->event, m->payload);
		else if (m->head_len != WIRE_HEADER)
			use_shepherd(m);
		else if (m->head_len == WIRE_HEADER && m->request)
			use_request(m);
		else if (m->head_len == WIRE_HEADER && request_of(v, i))
			use_answer(request_of(v, i), m);
	}
}

/* ------------------------------------------------------------------ the driver's messages */

/* A message of this type with all that it may have. */
static void write_driver(struct driver_message m, const struct node_rec *record, const char *words)
{
	struct blob *b;
	struct seed s = {.len = 0};

	m.version = 1;
	m.position = 3;
	if (m.type == SD_DRIVER_JOIN || m.type == SD_DRIVER_REFUSED) {
		m.lowest = 1;
		m.highest = 1;
	}
	if (record)
		m.record = *record;
	if (words)
		snprintf(m.text, sizeof(m.text), "%s", words);
	b = driver_message_encode(&m);
	seed_add_blob(&s, b);
	seed_write("driver_message", &s);
	blob_unref(b);
}

#define DRIVER_SEED(label, number, to, has_record, has_nodes, has_text, has_blob, its_flags)       \
	write_driver((struct driver_message){.type = number,                                       \
					     .flags = its_flags,                                   \
					     .nr_nodes = has_nodes ? 2 : 0,                        \
					     .nodes = nodes,                                       \
					     .blob = has_blob ? blob : NULL},                      \
		     has_record ? nodes : NULL, has_text ? "no room for one more" : NULL);

static void write_driver_messages(void)
{
	struct node_rec nodes[2] = {
		{.nid = {.addr = {[12] = 127, 0, 0, 1}, .port = 7000}, .nr_vnodes = 128, .zone = 1},
		{.nid = {.addr = {[12] = 127, 0, 0, 1}, .port = 7001}, .nr_vnodes = 64, .zone = 2},
	};
	struct blob *blob = blob_new("opaque", 6);

	SD_DRIVER_MESSAGES(DRIVER_SEED)
	blob_unref(blob);
	blob = blob_zero(BLOB_PAGE); /* begins at a page of its own */
	SD_DRIVER_MESSAGES(DRIVER_SEED)
	blob_unref(blob);
}

/* ------------------------------------------------------------------ the dictionary */

static void add_word(struct text *t, uint64_t v, unsigned int len)
{
	text_add(t, "\"");
	for (unsigned int i = 0; i < len; i++)
		text_add(t, "\\x%02x", (unsigned int)(v >> 8 * i & 0xff));
	text_add(t, "\"\n");
}

#define FLAG_WORD(name, bit)		 add_word(&t, bit, 2);
#define RESULT_WORD(name, number, words) add_word(&t, number, 4);

static void write_dictionary(void)
{
	static const uint32_t numbers[] = {
		SD_DRIVER_MAGIC,
		NODE_RECORD_SIZE,
		CLUSTER_INFO_SIZE,
		SD_VDI_BITMAP_SIZE,
		VDI_STATE_SIZE,
		INODE_HEAD,
		INODE_DATA_VIDS,
		INODE_GREFS,
		INODE_SIZE,
		INODE_NR_DATA - 1,
		VDI_ATTR_SIZE,
		LEDGER_SIZE,
		MD_INFO_SIZE,
		NODE_STAT_SIZE,
		SD_MAX_EVENT_SIZE,
		SD_INDEX_MAX,
		MD_MAX_DISKS,
		256,
		512,
		INT32_MAX,
		UINT32_MAX,
		SD_MAX_NODES,
		MAX_PARTICIPANTS,
		SD_DRIVER_MESSAGE_MAX,
	};
	static const uint64_t oids[] = {
		SD_INODE_BIT, SD_VMSTATE_BIT, SD_ATTR_BIT, SD_BTREE_BIT, SD_LEDGER_BIT,
	};
	char *path = mem_format("%s/wire.dict", directory);
	FILE *f = fopen(path, "w");
	struct text t = {0};

	for (unsigned int i = 0; i < 256; i++) {
		if (op_info((uint8_t)i))
			add_word(&t, i, 1);
	}
	add_word(&t, SD_INDEX_MAGIC, 2);
	SD_FLAGS(FLAG_WORD)
	SD_DRIVER_FLAGS(FLAG_WORD)
	SD_RESULTS_FRONTEND(RESULT_WORD)
	SD_RESULTS_INTERNAL(RESULT_WORD)
	SD_RESULTS_07A(RESULT_WORD)
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		add_word(&t, numbers[i], 4);
	for (size_t i = 0; i < sizeof(oids) / sizeof(*oids); i++)
		add_word(&t, oids[i] | UINT64_C(0xed202b) << SD_VID_SHIFT, 8);
	if (!f || fputs(text_get(&t), f) < 0 || fclose(f) != 0)
		fail("cannot be written", path);
	text_free(&t);
	free(path);
}

int main(int argc, char **argv)
{
	static const char *const folders[] = {"frontend", "admin",   "setup",
					      "peer",	  "cluster", "shepherd"};

	if (argc != 2) {
		fprintf(stderr, "usage: seeds DIRECTORY\n");
		return 2;
	}
	directory = argv[1];
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		if (vector_each(folders[i], use_vector) == 0) {
			fprintf(stderr, "%s: there are no vectors\n", folders[i]);
			return 1;
		}
	}
	write_driver_messages();
	write_older_seeds();
	write_dictionary();
	return 0;
}
