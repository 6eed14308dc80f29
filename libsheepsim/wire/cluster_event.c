#include "wire/cluster_event.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "sheepsim/wire/corosync.h"
#include "sheepsim/wire/local.h"
#include "sheepsim/wire/zookeeper.h"
#include "wire/cluster_event_layout.h"
#include "wire/error.h"
#include "wire/text.h"

/* ------------------------------------------------------------------ types */

#define TYPE(label, number) [number] = #label,
static const char *const local_types[] = {SD_LOCAL_EVENTS(TYPE)};
static const char *const corosync_types[] = {SD_COROSYNC_MESSAGES(TYPE)};
static const char *const zookeeper_types[] = {SD_ZOOKEEPER_EVENTS(TYPE)};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *type_name(enum event_driver driver, uint32_t type)
{
	switch (driver) {
	case EVENT_LOCAL:
		return type < COUNT(local_types) ? local_types[type] : NULL;
	case EVENT_COROSYNC:
		return type < COUNT(corosync_types) ? corosync_types[type] : NULL;
	case EVENT_ZOOKEEPER:
		break;
	}
	return type < COUNT(zookeeper_types) ? zookeeper_types[type] : NULL;
}

const char *event_type_name(enum event_driver driver, uint32_t type, enum event_body *body)
{
	const char *name = type_name(driver, type);

	if (!body)
		return name;
	*body = EVENT_BODY_NONE;
	/* The same names mean the same everywhere. */
	if (name && (strcmp(name, "JOIN") == 0 || strcmp(name, "ACCEPT") == 0))
		*body = EVENT_BODY_OPAQUE;
	else if (name && (strcmp(name, "NOTIFY") == 0 || strcmp(name, "UNBLOCK") == 0))
		*body = EVENT_BODY_MESSAGE;
	return name;
}

static bool has_opaque(const struct cluster_event *e)
{
	enum event_body body;

	event_type_name(e->driver, e->type, &body);
	return body == EVENT_BODY_OPAQUE;
}

/* ------------------------------------------------------------------ layouts */

#define PLACE(type, member)                                                                        \
	{                                                                                          \
		offsetof(struct type, member), sizeof(((struct type *)0)->member)                  \
	}

#define LOCAL(event, node_type)                                                                    \
	{                                                                                          \
		.size = sizeof(struct event), .type = PLACE(event, type),                          \
		.callbacked = PLACE(event, callbacked), .removed = PLACE(event, removed),          \
		.nr_nodes = PLACE(event, nr_nodes), .buf_len = PLACE(event, buf_len),              \
		.sender = offsetof(struct event, sender), .nodes = offsetof(struct event, nodes),  \
		.buf = offsetof(struct event, buf), .max_nodes = SD_LOCAL_MAX_NODES,               \
		.max_buf = SD_LOCAL_BUF_SIZE, .node_size = sizeof(struct node_type),               \
		.record = offsetof(struct node_type, node), .pid = PLACE(node_type, pid),          \
		.gateway = PLACE(node_type, gateway)                                               \
	}

#define COROSYNC(header, node_type)                                                                \
	{                                                                                          \
		.size = sizeof(struct header), .type = PLACE(header, type),                        \
		.nr_nodes = PLACE(header, nr_nodes), .buf_len = PLACE(header, msg_len),            \
		.sender = offsetof(struct header, sender),                                         \
		.nodes = offsetof(struct header, nodes), .max_nodes = SD_COROSYNC_MAX_NODES,       \
		.max_buf = SD_COROSYNC_MSG_MAX, .node_size = sizeof(struct node_type),             \
		.record = offsetof(struct node_type, node), .nodeid = PLACE(node_type, nodeid),    \
		.pid = PLACE(node_type, pid)                                                       \
	}

#define ZOOKEEPER(event, node_type, most)                                                          \
	{                                                                                          \
		.size = sizeof(struct event), .type = PLACE(event, type), .id = PLACE(event, id),  \
		.nr_nodes = PLACE(event, nr_nodes), .msg_len = PLACE(event, msg_len),              \
		.buf_len = PLACE(event, buf_len), .sender = offsetof(struct event, sender),        \
		.max_nodes = most, .node_size = sizeof(struct node_type),                          \
		.record = offsetof(struct node_type, node)                                         \
	}

const struct event_layout *event_layout(enum dialect d, enum event_driver driver)
{
	static const struct event_layout now[] = {
		[EVENT_LOCAL] = LOCAL(sd_local_event, sd_local_node),
		[EVENT_COROSYNC] = COROSYNC(sd_corosync_header, sd_corosync_node),
		[EVENT_ZOOKEEPER] = ZOOKEEPER(sd_zookeeper_event, sd_zookeeper_node, SD_MAX_NODES),
	};
	static const struct event_layout in_08[] = {
		[EVENT_LOCAL] = LOCAL(sd_local_event_08, sd_local_node_08),
		[EVENT_COROSYNC] = COROSYNC(sd_corosync_header_08, sd_corosync_node_08),
		[EVENT_ZOOKEEPER] =
			ZOOKEEPER(sd_zookeeper_event_08, sd_zookeeper_node_08, SD_MAX_NODES_08),
	};

	assert(d >= DIALECT_08);
	return d == DIALECT_08 ? &in_08[driver] : &now[driver];
}

uint64_t event_number(const struct blob *b, uint64_t base, struct event_place p)
{
	uint8_t bytes[8] = {0};

	assert(p.len <= sizeof(bytes));
	blob_read(b, base + p.at, bytes, p.len);
	return get_le64(bytes);
}

/* b with the number there; consumes b. */
static struct blob *put_place(struct blob *b, uint64_t base, struct event_place p, uint64_t v)
{
	uint8_t bytes[8];

	put_le64(bytes, v);
	return p.len ? blob_write(b, base + p.at, bytes, p.len) : b;
}

/* ------------------------------------------------------------------ encode */

static struct blob *put_node(enum dialect d, const struct event_layout *l, struct blob *b,
			     uint64_t at, const struct event_node *node)
{
	uint8_t record[NODE_RECORD_SIZE];
	uint32_t size = dialect_node_encode(d, &node->rec, record);

	b = blob_write(b, at + l->record, record, size);
	b = put_place(b, at, l->nodeid, node->nodeid);
	b = put_place(b, at, l->pid, node->pid);
	return put_place(b, at, l->gateway, node->gateway);
}

/* What the buffer of zookeeper has: the message, then the members as plain records, or room. */
static struct blob *zookeeper_buffer(enum dialect d, const struct cluster_event *e)
{
	struct blob *buf = e->blob ? blob_ref(e->blob) : blob_zero(0);
	uint64_t at = blob_size(buf);
	uint8_t record[NODE_RECORD_SIZE];

	buf = blob_resize(buf, at + (uint64_t)e->nr_nodes * dialect_info(d)->node_size + e->room);
	for (uint32_t i = 0; i < e->nr_nodes; i++) {
		uint32_t size = dialect_node_encode(d, &e->nodes[i].rec, record);

		buf = blob_write(buf, at, record, size);
		at += size;
	}
	return buf;
}

struct blob *cluster_event_encode(enum dialect d, const struct cluster_event *e)
{
	const struct event_layout *l = event_layout(d, e->driver);
	struct blob *buf = e->blob ? blob_ref(e->blob) : blob_zero(0), *b;

	assert(type_name(e->driver, e->type) && e->nr_nodes <= l->max_nodes);
	assert(l->max_buf == 0 || blob_size(buf) <= l->max_buf);
	assert((l->msg_len.len && has_opaque(e)) || e->room == 0);
	assert(l->nodes || has_opaque(e) || e->nr_nodes == 0);
	b = blob_zero(l->size);
	if (!l->nodes) {
		blob_unref(buf);
		buf = zookeeper_buffer(d, e);
		b = put_place(b, 0, l->msg_len, has_opaque(e) ? blob_size(e->blob) : 0);
	}
	b = put_place(b, 0, l->type, e->type);
	b = put_place(b, 0, l->id, e->id);
	b = put_place(b, 0, l->callbacked, e->callbacked);
	b = put_place(b, 0, l->removed, e->removed);
	b = put_place(b, 0, l->nr_nodes, e->nr_nodes);
	b = put_place(b, 0, l->buf_len, blob_size(buf));
	b = put_node(d, l, b, l->sender, &e->sender);
	for (uint32_t i = 0; l->nodes && i < e->nr_nodes; i++)
		b = put_node(d, l, b, l->nodes + (uint64_t)i * l->node_size, &e->nodes[i]);
	if (!l->buf)
		b = blob_resize(b, l->size + blob_size(buf));
	b = blob_overlay(b, l->buf ? l->buf : l->size, buf);
	blob_unref(buf);
	return b;
}

/* ------------------------------------------------------------------ decode */

static void get_node(enum dialect d, const struct event_layout *l, const struct blob *b,
		     uint64_t at, struct event_node *node)
{
	uint8_t record[NODE_RECORD_SIZE] = {0};

	blob_read(b, at + l->record, record, dialect_info(d)->node_size);
	dialect_node_decode(d, record, &node->rec);
	node->nodeid = (uint32_t)event_number(b, at, l->nodeid);
	node->pid = (uint32_t)event_number(b, at, l->pid);
	node->gateway = event_number(b, at, l->gateway) != 0;
}

/* A mark of one byte that is 0 or 1. */
static int get_mark(const struct blob *b, struct event_place p, bool *mark, struct wire_error *err)
{
	uint64_t v = event_number(b, 0, p);

	if (v > 1)
		return wire_fail(err, -1, p.at, "a mark is %" PRIu64 ", not 0 or 1", v);
	*mark = v != 0;
	return 0;
}

/* Size, type and numbers; then all that they count is there. */
static int check_front(const struct event_layout *l, const struct blob *b,
		       const struct cluster_event *e, struct wire_error *err)
{
	uint64_t size = blob_size(b), nr = event_number(b, 0, l->nr_nodes);
	uint64_t len = event_number(b, 0, l->buf_len);

	if (size < l->size || (l->buf && size != l->size))
		return wire_fail(err, -1, size,
				 "event of %" PRIu64 " bytes, %s%" PRIu64 " are needed", size,
				 l->buf ? "" : "at least ", l->size);
	if (!type_name(e->driver, e->type))
		return wire_fail(err, -1, l->type.at, "there is no event of type %" PRIu32,
				 e->type);
	if (nr > l->max_nodes)
		return wire_fail(err, -1, l->nr_nodes.at, "%" PRIu64 " nodes, more than %" PRIu32,
				 nr, l->max_nodes);
	if (l->max_buf && len > l->max_buf)
		return wire_fail(err, -1, l->buf_len.at,
				 "buffer of %" PRIu64 " bytes, more than %" PRIu64, len,
				 l->max_buf);
	if (!l->buf && len != size - l->size)
		return wire_fail(err, -1, l->buf_len.at,
				 "%" PRIu64 " bytes follow where the event says %" PRIu64,
				 size - l->size, len);
	return 0;
}

/* Members that stand in a list of their own. */
static void get_nodes(enum dialect d, const struct event_layout *l, const struct blob *b,
		      struct cluster_event *e)
{
	if (e->nr_nodes == 0)
		return;
	e->nodes = mem_array(e->nr_nodes, sizeof(*e->nodes));
	for (uint32_t i = 0; i < e->nr_nodes; i++)
		get_node(d, l, b, l->nodes + (uint64_t)i * l->node_size, &e->nodes[i]);
}

/*
 * The buffer of zookeeper. Of a join: message, members, room. Of all others it is the message, and
 * the other two numbers are nobody's.
 */
static int get_buffer(enum dialect d, const struct event_layout *l, struct blob *b,
		      struct cluster_event *e, struct wire_error *err)
{
	uint64_t len = event_number(b, 0, l->buf_len), msg = event_number(b, 0, l->msg_len);
	uint64_t list = (uint64_t)e->nr_nodes * dialect_info(d)->node_size;
	struct node_rec *nodes;

	if (!has_opaque(e)) {
		e->nr_nodes = 0;
		e->blob = len > 0 ? blob_slice(b, l->size, len) : NULL;
		return 0;
	}
	if (msg > len)
		return wire_fail(err, -1, l->msg_len.at,
				 "message of %" PRIu64 " bytes in a buffer of %" PRIu64, msg, len);
	if (list > len - msg)
		return wire_fail(err, -1, l->nr_nodes.at,
				 "%" PRIu32 " nodes in the %" PRIu64 " bytes behind the message",
				 e->nr_nodes, len - msg);
	if (dialect_nodes_decode(d, b, l->size + msg, e->nr_nodes, &nodes, err) < 0)
		return -1;
	if (e->nr_nodes)
		e->nodes = mem_array(e->nr_nodes, sizeof(*e->nodes));
	for (uint32_t i = 0; i < e->nr_nodes; i++)
		e->nodes[i] = (struct event_node){.rec = nodes[i]};
	free(nodes);
	if (msg > 0)
		e->blob = blob_slice(b, l->size, msg);
	e->room = len - msg - list;
	return 0;
}

int cluster_event_decode(enum dialect d, enum event_driver driver, struct blob *b,
			 struct cluster_event *e, struct wire_error *err)
{
	const struct event_layout *l = event_layout(d, driver);
	uint64_t len = event_number(b, 0, l->buf_len);

	*e = (struct cluster_event){
		.driver = driver,
		.type = (uint32_t)event_number(b, 0, l->type),
		.id = event_number(b, 0, l->id),
	};
	if (check_front(l, b, e, err) < 0 || get_mark(b, l->callbacked, &e->callbacked, err) < 0 ||
	    get_mark(b, l->removed, &e->removed, err) < 0)
		goto failed;
	e->nr_nodes = (uint32_t)event_number(b, 0, l->nr_nodes);
	get_node(d, l, b, l->sender, &e->sender);
	if (l->nodes)
		get_nodes(d, l, b, e);
	else if (get_buffer(d, l, b, e, err) < 0)
		goto failed;
	if (l->nodes && len > 0)
		e->blob = blob_slice(b, l->buf ? l->buf : l->size, len);
	return 0;
failed:
	cluster_event_clear(e);
	return -1;
}

void cluster_event_clear(struct cluster_event *e)
{
	free(e->nodes);
	blob_unref(e->blob);
	memset(e, 0, sizeof(*e));
}

/* ------------------------------------------------------------------ local's file */

uint64_t local_event_size(enum dialect d)
{
	return event_layout(d, EVENT_LOCAL)->size;
}

enum dialect local_queue_dialect(uint64_t size)
{
	if (size == SD_LOCAL_QUEUE_SIZE)
		return DIALECT_NEWEST;
	return size == SD_LOCAL_QUEUE_SIZE_08 ? DIALECT_08 : DIALECT_NONE;
}

/* Where a ring has its position; its events follow. */
static uint64_t ring_offset(enum dialect d, bool block)
{
	static_assert(offsetof(struct sd_local_queue, block) == 8 &&
			      offsetof(struct sd_local_queue_08, block) == 8,
		      "a ring is a position, padding, and events");
	return block ? 0 : 8 + SD_LOCAL_RING * local_event_size(d);
}

uint64_t local_queue_event(enum dialect d, bool block, uint32_t i)
{
	assert(i < SD_LOCAL_RING);
	return ring_offset(d, block) + 8 + i * local_event_size(d);
}

int32_t local_queue_position(enum dialect d, const struct blob *file, bool block)
{
	uint8_t bytes[4];

	blob_read(file, ring_offset(d, block), bytes, sizeof(bytes));
	return (int32_t)get_le32(bytes);
}

/* ------------------------------------------------------------------ words */

static void add_body(struct text *t, const struct cluster_event *e)
{
	struct node_rec *nodes = NULL;
	struct blob *data = NULL;
	struct cluster_info ci;
	enum event_body body;
	struct req q;
	struct rsp p;

	event_type_name(e->driver, e->type, &body);
	if (body == EVENT_BODY_OPAQUE && cluster_info_decode(e->blob, &ci, &nodes, NULL) == 0)
		text_add(t, ": epoch=%" PRIu32 " nodes=%u", ci.epoch, ci.nr_nodes);
	if (body == EVENT_BODY_MESSAGE && vdi_op_decode(e->blob, &q, &p, &data, NULL) == 0) {
		text_add(t, ": ");
		req_text(DIALECT_NEWEST, t, &q);
	}
	free(nodes);
	blob_unref(data);
}

void cluster_event_text(struct text *t, const struct cluster_event *e)
{
	char buf[64];

	text_add(t, "%s from %s", type_name(e->driver, e->type),
		 node_id_text(&e->sender.rec.nid, buf));
	if (e->sender.pid)
		text_add(t, " pid=%" PRIu32, e->sender.pid);
	if (e->sender.nodeid)
		text_add(t, " nodeid=%" PRIu32, e->sender.nodeid);
	if (e->nr_nodes)
		text_add(t, " members=%" PRIu32, e->nr_nodes);
	if (e->callbacked)
		text_add(t, " callbacked");
	if (e->removed)
		text_add(t, " removed");
	if (e->blob)
		add_body(t, e);
}
