/*
 * Structures that stand for themselves, in words.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "api/captured.h"
#include "api/sim.h"
#include "sheepsim/wire/local.h"
#include "sheepsim/wire/object.h"
#include "wire/cluster_event.h"
#include "wire/driver_message.h"
#include "wire/inode_layout.h"
#include "wire/shepherd_message.h"
#include "wire/text.h"

static int check_member_list(const struct blob *b, struct wire_error *err)
{
	struct node_rec *nodes;
	int ret = node_list_decode(b, 0, (blob_size(b) + NODE_RECORD_SIZE - 1) / NODE_RECORD_SIZE,
				   &nodes, err);

	free(nodes);
	return ret;
}

static int check_info(const struct blob *b, struct wire_error *err)
{
	struct cluster_info ci;
	struct node_rec *nodes;
	int ret = cluster_info_decode(b, &ci, &nodes, err);

	free(nodes);
	return ret;
}

static int check_notification(struct blob *b, struct wire_error *err)
{
	struct blob *data;
	struct req q;
	struct rsp p;
	int ret = vdi_op_decode(b, &q, &p, &data, err);

	/* Where the effect needs no data, or there is none, they are not carried. */
	if (ret == 0 && data && (q.flags & SD_FLAG_CMD_WRITE)) {
		ret = captured_request_check(DIALECT_NEWEST, &q, data, err);
		/* Offsets of a request's payload count from its header on; here two come first. */
		if (ret < 0 && err->offset >= WIRE_HEADER)
			err->offset += WIRE_HEADER;
	}
	blob_unref(data);
	return ret;
}

static int check_inode(const struct blob *b, struct wire_error *err)
{
	enum inode_layout layout;
	struct inode_head h;
	int ret = inode_layout_by_size(blob_size(b), &layout, err);

	return ret < 0 ? ret : inode_decode(b, layout, &h, NULL, err);
}

static enum event_driver event_driver(enum sheepsim_structure what)
{
	if (what == SHEEPSIM_LOCAL_EVENT)
		return EVENT_LOCAL;
	return what == SHEEPSIM_COROSYNC_EVENT ? EVENT_COROSYNC : EVENT_ZOOKEEPER;
}

static int check_structure(enum dialect d, enum sheepsim_structure what, struct blob *b,
			   struct wire_error *err)
{
	struct shepherd_message sm = {0};
	struct driver_message dm = {0};
	struct cluster_event ce = {0};
	int ret = 0;

	switch (what) {
	case SHEEPSIM_MEMBERS:
		return check_member_list(b, err);
	case SHEEPSIM_CLUSTER_INFO:
		return check_info(b, err);
	case SHEEPSIM_NOTIFICATION:
		return check_notification(b, err);
	case SHEEPSIM_INODE:
		return check_inode(b, err);
	case SHEEPSIM_TO_SHEPHERD:
	case SHEEPSIM_FROM_SHEPHERD:
		ret = shepherd_message_decode(d, b, what == SHEEPSIM_TO_SHEPHERD, &sm, err);
		shepherd_message_clear(&sm);
		break;
	case SHEEPSIM_DRIVER_MESSAGE:
		ret = driver_message_decode(b, &dm, err);
		driver_message_clear(&dm);
		break;
	case SHEEPSIM_LOCAL_EVENT:
	case SHEEPSIM_COROSYNC_EVENT:
	case SHEEPSIM_ZOOKEEPER_EVENT:
		ret = cluster_event_decode(d, event_driver(what), b, &ce, err);
		cluster_event_clear(&ce);
		break;
	}
	return ret;
}

static void structure_fields(enum dialect d, enum sheepsim_structure what, struct blob *b,
			     struct telling *t)
{
	switch (what) {
	case SHEEPSIM_MEMBERS:
		node_fields(b, captured_tell_field, t);
		break;
	case SHEEPSIM_CLUSTER_INFO:
		cluster_info_fields(b, captured_tell_field, t);
		break;
	case SHEEPSIM_NOTIFICATION:
		vdi_op_fields(b, captured_tell_field, t);
		break;
	case SHEEPSIM_INODE:
		object_fields(b, SD_INODE_BIT, captured_tell_field, t);
		break;
	case SHEEPSIM_TO_SHEPHERD:
	case SHEEPSIM_FROM_SHEPHERD:
		shepherd_fields(d, b, what == SHEEPSIM_TO_SHEPHERD, captured_tell_field, t);
		break;
	case SHEEPSIM_DRIVER_MESSAGE:
		driver_message_fields(b, captured_tell_field, t);
		break;
	case SHEEPSIM_LOCAL_EVENT:
	case SHEEPSIM_COROSYNC_EVENT:
	case SHEEPSIM_ZOOKEEPER_EVENT:
		cluster_event_fields(d, event_driver(what), b, captured_tell_field, t);
		break;
	}
}

static void members_line(struct text *t, const struct blob *b)
{
	uint8_t bytes[NODE_RECORD_SIZE];
	struct node_rec n;
	char buf[64];

	for (uint64_t at = 0; at < blob_size(b); at += sizeof bytes) {
		blob_read(b, at, bytes, sizeof bytes);
		node_rec_decode(bytes, &n);
		text_add(t, "%s%s", at ? " " : "", node_id_text(&n.nid, buf));
	}
}

static void cluster_info_line(struct text *t, const struct blob *b)
{
	struct node_rec *nodes;
	struct cluster_info ci;

	if (cluster_info_decode(b, &ci, &nodes, NULL) < 0)
		return;
	text_add(t, "epoch=%" PRIu32 " nodes=%u", ci.epoch, ci.nr_nodes);
	free(nodes);
}

static void notification_line(struct text *t, struct blob *b)
{
	struct blob *data;
	struct req q;
	struct rsp p;

	if (vdi_op_decode(b, &q, &p, &data, NULL) < 0)
		return;
	req_text(DIALECT_NEWEST, t, &q);
	blob_unref(data);
}

static void inode_line(struct text *t, const struct blob *b)
{
	struct inode_head h;

	if (inode_head_decode(b, &h, NULL) < 0)
		return;
	text_add(t, "inode vid=%06" PRIx32 " size=%" PRIu64, h.vdi_id, h.vdi_size);
}

static void shepherd_line(enum dialect d, struct text *t, struct blob *b, bool to_server)
{
	struct shepherd_message m;

	if (shepherd_message_decode(d, b, to_server, &m, NULL) < 0)
		return;
	shepherd_message_text(t, &m);
	shepherd_message_clear(&m);
}

static void driver_line(struct text *t, struct blob *b)
{
	struct driver_message m;

	if (driver_message_decode(b, &m, NULL) < 0)
		return;
	driver_message_text(t, &m);
	driver_message_clear(&m);
}

static void event_line(enum dialect d, struct text *t, struct blob *b, enum event_driver driver)
{
	struct cluster_event e;

	if (cluster_event_decode(d, driver, b, &e, NULL) < 0)
		return;
	cluster_event_text(t, &e);
	cluster_event_clear(&e);
}

static void structure_line(enum dialect d, enum sheepsim_structure what, struct blob *b,
			   struct text *t)
{
	switch (what) {
	case SHEEPSIM_MEMBERS:
		members_line(t, b);
		break;
	case SHEEPSIM_CLUSTER_INFO:
		cluster_info_line(t, b);
		break;
	case SHEEPSIM_NOTIFICATION:
		notification_line(t, b);
		break;
	case SHEEPSIM_INODE:
		inode_line(t, b);
		break;
	case SHEEPSIM_DRIVER_MESSAGE:
		driver_line(t, b);
		break;
	case SHEEPSIM_TO_SHEPHERD:
	case SHEEPSIM_FROM_SHEPHERD:
		shepherd_line(d, t, b, what == SHEEPSIM_TO_SHEPHERD);
		break;
	case SHEEPSIM_LOCAL_EVENT:
	case SHEEPSIM_COROSYNC_EVENT:
	case SHEEPSIM_ZOOKEEPER_EVENT:
		event_line(d, t, b, event_driver(what));
		break;
	}
}

/* The dialect that a version names, if drivers of it are known. */
static enum dialect driver_dialect(const char *version)
{
	enum dialect d = version ? dialect_named(version) : DIALECT_NONE;

	return d < DIALECT_08 ? DIALECT_NEWEST : d;
}

const char *sheepsim_structure_line(enum sheepsim_structure what, const char *version,
				    const void *bytes, size_t len)
{
	struct blob *b = blob_new(bytes, len);
	struct text t = {0};
	const char *line;

	structure_line(driver_dialect(version), what, b, &t);
	blob_unref(b);
	line = t.len > 0 ? lasting_words(text_get(&t)) : NULL;
	text_free(&t);
	return line;
}

const char *sheepsim_shepherd_head(const uint8_t head[8], const char *version, bool to_server,
				   uint32_t *length)
{
	if (shepherd_header_decode(driver_dialect(version), head, to_server, length, NULL) < 0)
		return NULL;
	return shepherd_type_name(to_server, get_le32(head), NULL);
}

void sheepsim_sha1(const void *bytes, size_t len, uint8_t digest[20])
{
	struct blob *b = blob_new(bytes, len);

	blob_sha1(b, digest);
	blob_unref(b);
}

int sheepsim_structure_fields(enum sheepsim_structure what, const char *version, const void *bytes,
			      size_t len, void (*fn)(void *arg, const struct sheepsim_field *f),
			      void *arg, uint64_t *offset)
{
	struct blob *b = blob_new(bytes, len);
	struct telling t = {.fn = fn, .arg = arg};
	enum dialect d = driver_dialect(version);
	struct wire_error err;
	int ret = check_structure(d, what, b, &err);

	if (fn)
		structure_fields(d, what, b, &t);
	blob_unref(b);
	return ret < 0 ? captured_malformed(&err, offset) : 0;
}

/* ------------------------------------------------------------------ local's file */

/* The events of a ring that were ever used. */
static void each_event(enum dialect d, const uint8_t *file, bool block, sheepsim_local_fn fn,
		       void *arg)
{
	for (uint32_t i = 0; i < SD_LOCAL_RING; i++) {
		uint64_t at = local_queue_event(d, block, i);

		if (get_le32(file + at + offsetof(struct sd_local_event, type)) != 0)
			fn(arg, block ? "block" : "nonblock", at, local_event_size(d));
	}
}

int sheepsim_local_queue(const void *file, size_t len, const char **version, sheepsim_local_fn fn,
			 void *arg)
{
	enum dialect d = local_queue_dialect(len);

	if (d == DIALECT_NONE) {
		lasting_words("no file of the local cluster driver has this size");
		return SHEEPSIM_E_MALFORMED;
	}
	*version = dialect_info(d)->name;
	if (fn) {
		each_event(d, file, true, fn, arg);
		each_event(d, file, false, fn, arg);
	}
	return 0;
}
