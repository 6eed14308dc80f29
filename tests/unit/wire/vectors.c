/*
 * Everything that real sheep, dog and tgtd said decodes, encodes to the same bytes again, and
 * passes the checks of requests where real sheep let it pass.
 */
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/peer.h"
#include "vectors.h"
#include "wire/records_admin.h"
#include "wire/records_vdi.h"

/* What the files under test held, so that no kind of structure goes missing unseen. */
static struct {
	size_t headers;
	size_t checked; /* requests that real sheep took */
	size_t node_lists, cluster_infos, epochs, logs, vdi_states;
	size_t inodes, attributes, recoveries, throttlings, stats, disks;
	size_t events, notifications, btrees;
} seen;

/* Where we are, for messages. */
static char where[512];

/* b with the linkage bytes of n member records from offset on made zero; consumes b. */
static struct blob *without_linkage(struct blob *b, uint64_t offset, size_t n)
{
	static const uint8_t zeros[24];

	for (size_t i = 0; i < n; i++)
		b = blob_write(b, offset + i * NODE_RECORD_SIZE, zeros, sizeof(zeros));
	return b;
}

/* The part of b as a blob of its own. */
static struct blob *part(struct blob *b, uint64_t offset, uint64_t len)
{
	return blob_slice(b, offset, len);
}

/* Compares what was encoded again with what was captured; consumes both. */
static void same(struct blob *again, struct blob *captured)
{
	uint8_t *bytes = mem_alloc(blob_size(captured) + 1);

	blob_read(captured, 0, bytes, blob_size(captured));
	assert_blob_bytes(where, again, bytes, blob_size(captured));
	free(bytes);
	blob_unref(again);
	blob_unref(captured);
}

static void check_node_list(struct blob *b, uint64_t offset, size_t n)
{
	struct node_rec *nodes;

	assert_int_equal(node_list_decode(b, offset, n, &nodes, NULL), 0);
	same(node_list_encode(nodes, n),
	     without_linkage(part(b, offset, n * NODE_RECORD_SIZE), 0, n));
	free(nodes);
	seen.node_lists++;
}

/* What follows the nodes in use is stale memory of the sender. */
static void check_cluster_info(struct blob *b)
{
	struct node_rec *nodes;
	struct cluster_info ci;
	struct blob *used;
	uint64_t size;

	assert_int_equal(cluster_info_decode(b, &ci, &nodes, NULL), 0);
	size = CLUSTER_INFO_HEAD + (uint64_t)ci.nr_nodes * NODE_RECORD_SIZE;
	used = without_linkage(part(b, 0, size), CLUSTER_INFO_HEAD, ci.nr_nodes);
	same(cluster_info_encode(&ci, nodes, blob_size(b)), blob_resize(used, blob_size(b)));
	free(nodes);
	seen.cluster_infos++;
}

static void check_epoch(struct blob *b)
{
	struct node_rec *nodes;
	uint64_t time;
	size_t n;

	assert_int_equal(epoch_blob_decode(b, &nodes, &n, &time, NULL), 0);
	same(epoch_blob_encode(nodes, n, time), without_linkage(blob_ref(b), 0, n));
	free(nodes);
	seen.epochs++;
}

static void check_logs(struct blob *b, uint32_t slots)
{
	uint64_t unit = EPOCH_LOG_HEAD + (uint64_t)slots * NODE_RECORD_SIZE;

	for (uint64_t at = 0; at + unit <= blob_size(b); at += unit) {
		uint8_t head[EPOCH_LOG_HEAD], again[EPOCH_LOG_HEAD];
		struct epoch_log log;

		blob_read(b, at, head, sizeof(head));
		epoch_log_decode(head, &log);
		epoch_log_encode(&log, again);
		same(blob_new(again, sizeof(again)), blob_new(head, sizeof(head)));
		assert_true(log.nr_nodes <= slots);
		check_node_list(b, at + EPOCH_LOG_HEAD, log.nr_nodes);
		seen.logs++;
	}
}

static void check_vdi_states(struct blob *b)
{
	struct vdi_state *s = mem_alloc(sizeof(*s));
	uint8_t out[VDI_STATE_SIZE];

	assert_int_equal(blob_size(b) % VDI_STATE_SIZE, 0);
	for (uint64_t at = 0; at < blob_size(b); at += VDI_STATE_SIZE) {
		assert_int_equal(vdi_state_decode(b, at, s, NULL), 0);
		vdi_state_encode(s, out);
		same(blob_new(out, sizeof(out)), part(b, at, VDI_STATE_SIZE));
		seen.vdi_states++;
	}
	free(s);
}

static void check_inode(struct blob *b)
{
	struct inode_head h;
	uint8_t out[INODE_HEAD];

	assert_int_equal(inode_head_decode(b, &h, NULL), 0);
	inode_head_encode(&h, out);
	same(blob_new(out, sizeof(out)), part(b, 0, INODE_HEAD));
	seen.inodes++;
	/* The index of a hypervolume is a B-tree; only roots that are leaves were captured. */
	if (h.store_policy == SD_STORE_POLICY_BTREE && blob_size(b) > INODE_DATA_VIDS) {
		struct btree_head head, *again = &head;
		uint8_t bytes[BTREE_HEAD];

		assert_int_equal(btree_head_decode(b, INODE_DATA_VIDS, &head, NULL), 0);
		btree_head_encode(again, bytes);
		same(blob_new(bytes, sizeof(bytes)), part(b, INODE_DATA_VIDS, BTREE_HEAD));
		for (uint32_t i = 0; i < head.entries && head.depth == 1; i++) {
			uint64_t at = INODE_DATA_VIDS + BTREE_HEAD + i * (uint64_t)BTREE_ENTRY;
			struct btree_entry e = btree_entry_at(b, INODE_DATA_VIDS, i);

			btree_entry_encode(&e, bytes);
			same(blob_new(bytes, sizeof(bytes)), part(b, at, BTREE_ENTRY));
		}
		seen.btrees++;
	}
}

static void check_attribute(struct blob *b)
{
	struct vdi_attr attr;
	uint8_t out[VDI_ATTR_HEAD];

	assert_int_equal(vdi_attr_decode(b, &attr, NULL), 0);
	vdi_attr_encode(&attr, out);
	same(blob_new(out, sizeof(out)), part(b, 0, VDI_ATTR_HEAD));
	seen.attributes++;
}

static void check_object(const struct req *q, struct blob *b)
{
	if (q->obj.offset != 0)
		return;
	if (sd_oid_is_inode(q->obj.oid) && blob_size(b) >= INODE_HEAD)
		check_inode(b);
	if (sd_oid_is_attr(q->obj.oid) && blob_size(b) >= VDI_ATTR_HEAD)
		check_attribute(b);
}

static void check_recovery_state(struct blob *b)
{
	struct recovery_state s;
	uint8_t out[RECOVERY_STATE_SIZE];

	assert_int_equal(recovery_state_decode(b, &s, NULL), 0);
	recovery_state_encode(&s, out);
	same(blob_new(out, sizeof(out)), blob_ref(b));
	seen.recoveries++;
}

/* dog and sheep leave what was in memory in the padding. */
static void check_throttling(struct blob *b)
{
	static const uint8_t zeros[7];
	struct recovery_throttling t;
	uint8_t out[RECOVERY_THROTTLING_SIZE];

	assert_int_equal(recovery_throttling_decode(b, &t, NULL), 0);
	recovery_throttling_encode(&t, out);
	same(blob_new(out, sizeof(out)),
	     blob_write(blob_write(part(b, 0, sizeof(out)), 4, zeros, 4), 17, zeros, 7));
	seen.throttlings++;
}

static void check_stat(struct blob *b)
{
	struct node_stat s;
	uint8_t out[NODE_STAT_SIZE];

	assert_int_equal(node_stat_decode(b, &s, NULL), 0);
	node_stat_encode(&s, out);
	same(blob_new(out, sizeof(out)), blob_ref(b));
	seen.stats++;
}

static void check_disks(struct blob *b)
{
	struct md_info *disks;
	size_t n;

	assert_int_equal(md_info_decode(b, &disks, &n, NULL), 0);
	same(md_info_encode(disks, n), blob_ref(b));
	free(disks);
	seen.disks++;
}

static void check_request_payload(const struct req *q, struct blob *b)
{
	switch (q->opcode) {
	case SD_OP_CREATE_AND_WRITE_OBJ:
	case SD_OP_WRITE_OBJ:
	case SD_OP_CREATE_AND_WRITE_PEER:
	case SD_OP_WRITE_PEER:
		check_object(q, b);
		break;
	case SD_OP_GET_VDI_ATTR:
		check_attribute(b);
		break;
	case SD_OP_SET_RECOVERY:
		check_throttling(b);
		break;
	case SD_OP_COMPLETE_RECOVERY:
		check_node_list(b, 0, 1);
		break;
	default:
		break;
	}
}

static void check_answer_payload(const struct req *q, struct blob *b)
{
	switch (q->opcode) {
	case SD_OP_READ_OBJ:
	case SD_OP_READ_PEER:
		check_object(q, b);
		break;
	case SD_OP_GET_NODE_LIST:
	case SD_OP_FORCE_RECOVER:
		check_node_list(b, 0, blob_size(b) / NODE_RECORD_SIZE);
		break;
	case SD_OP_CLUSTER_INFO:
		check_cluster_info(b);
		break;
	case SD_OP_STAT_CLUSTER:
		check_logs(b, q->cluster.nodes_nr);
		break;
	case SD_OP_GET_EPOCH:
		check_epoch(b);
		break;
	case SD_OP_GET_VDI_COPIES:
	case SD_OP_VDI_STATE_CHECKPOINT_CTL:
		check_vdi_states(b);
		break;
	case SD_OP_STAT_RECOVERY:
		check_recovery_state(b);
		break;
	case SD_OP_GET_RECOVERY:
		check_throttling(b);
		break;
	case SD_OP_STAT:
		check_stat(b);
		break;
	case SD_OP_MD_INFO:
		check_disks(b);
		break;
	default:
		break;
	}
}

/* The answer to request i, NULL if it got none. */
static const struct vector_message *answer(const struct vector *v, size_t i)
{
	const struct vector_message *q = &v->messages[i];

	for (size_t k = i + 1; k < v->nr_messages; k++) {
		const struct vector_message *m = &v->messages[k];

		if (m->conn == q->conn && !m->request && m->head[1] == q->head[1] &&
		    memcmp(m->head + 8, q->head + 8, 4) == 0)
			return m;
	}
	return NULL;
}

static void check_headers(const struct vector_message *m)
{
	uint8_t again[WIRE_HEADER];
	struct req q;
	struct rsp p;

	if (m->request) {
		req_decode(m->head, &q);
		req_encode(&q, again);
	} else {
		rsp_decode(m->head, &p);
		rsp_encode(&p, again);
		assert_int_equal(p.data_length, blob_size(m->payload));
	}
	assert_memory_equal(again, m->head, sizeof(again));
	seen.headers++;
}

static void check_conversation(const char *path, const struct vector *v)
{
	for (size_t i = 0; i < v->nr_messages; i++) {
		const struct vector_message *m = &v->messages[i], *a;
		struct wire_error err = {0};
		struct req q;
		struct rsp p;

		snprintf(where, sizeof(where), "%s:%u", path, m->line);
		check_headers(m);
		if (!m->request)
			continue;
		req_decode(m->head, &q);
		if (m->payload)
			check_request_payload(&q, m->payload);
		a = answer(v, i);
		if (!a)
			continue;
		rsp_decode(a->head, &p);
		snprintf(where, sizeof(where), "%s:%u", path, a->line);
		if (a->payload)
			check_answer_payload(&q, a->payload);
		if (p.result == SD_RES_INVALID_PARMS)
			continue;
		if (req_validate(&q, m->payload, &err) < 0)
			fail_msg("%s: real sheep took this: byte %lu: %s", where,
				 (unsigned long)err.offset, err.text);
		seen.checked++;
	}
}

static void check_record(const uint8_t bytes[NODE_RECORD_SIZE])
{
	struct blob *b = blob_new(bytes, NODE_RECORD_SIZE);

	check_node_list(b, 0, 1);
	blob_unref(b);
}

static void check_events(const char *path, const struct vector *v)
{
	for (size_t i = 0; i < v->nr_messages; i++) {
		const struct vector_message *m = &v->messages[i];
		struct blob *data;
		struct req q;
		struct rsp p;

		snprintf(where, sizeof(where), "%s:%u", path, m->line);
		assert_non_null(m->event);
		check_record(m->event->sender);
		for (size_t k = 0; k < m->event->nr_members; k++)
			check_record(m->event->members[k]);
		seen.events++;
		if (strcmp(m->event->type, "JOIN") == 0 || strcmp(m->event->type, "ACCEPT") == 0)
			check_cluster_info(m->payload);
		if (strcmp(m->event->type, "NOTIFY") != 0)
			continue;
		assert_int_equal(vdi_op_decode(m->payload, &q, &p, &data, NULL), 0);
		same(vdi_op_encode(&q, &p, data), blob_ref(m->payload));
		if (data)
			check_request_payload(&q, data);
		blob_unref(data);
		seen.notifications++;
	}
}

static void what_clients_and_sheep_said_comes_back(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(vector_each("frontend", check_conversation), 223);
	assert_int_equal(vector_each("admin", check_conversation), 109);
	assert_int_equal(vector_each("setup", check_conversation), 62);
	assert_int_equal(vector_each("peer", check_conversation), 68);
	assert_true(seen.headers > 7000);
	assert_true(seen.checked > 3000);
	assert_true(seen.node_lists > 100);
	assert_true(seen.cluster_infos > 100);
	assert_true(seen.epochs > 0);
	assert_true(seen.logs > 100);
	assert_true(seen.vdi_states > 10);
	assert_true(seen.inodes > 100);
	assert_true(seen.btrees > 0);
	assert_true(seen.attributes > 10);
	assert_true(seen.recoveries > 0);
	assert_true(seen.throttlings > 0);
	assert_true(seen.stats > 0);
	assert_true(seen.disks > 0);
}

static void events_of_the_local_driver_come_back(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(vector_each("cluster", check_events), 50);
	assert_int_equal(seen.events, 179);
	assert_true(seen.notifications > 50);
	assert_true(seen.cluster_infos > 3);
}

int vectors_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_clients_and_sheep_said_comes_back),
		cmocka_unit_test(events_of_the_local_driver_come_back),
	};

	return cmocka_run_group_tests_name("wire: captured conversations", tests, NULL, NULL);
}
