/*
 * Messages in words.
 */
#include <inttypes.h>
#include <string.h>

#include "api/sim.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "wire/driver_message.h"
#include "wire/inode_layout.h"
#include "wire/ops.h"
#include "wire/shepherd_message.h"
#include "wire/text.h"
#include "wire/traffic.h"

struct telling {
	void (*fn)(void *arg, const struct sheepsim_field *f);
	void *arg;
	uint64_t base; /* of the offsets */
};

static void tell_field(void *arg, const char *name, uint64_t offset, uint64_t len,
		       const char *value)
{
	const struct telling *t = arg;
	struct sheepsim_field f = {
		.name = name, .offset = t->base + offset, .len = len, .value = value};

	t->fn(t->arg, &f);
}

/* ------------------------------------------------------------------ messages of any release */

/* A captured message as its release has it. */
struct decoded {
	enum dialect dialect;
	bool is_answer;
	struct req q;
	struct rsp p;
};

static enum dialect dialect_of(const struct sheepsim_captured *c, const struct req *q)
{
	enum dialect d = c->version ? dialect_named(c->version) : DIALECT_NONE;

	if (d == DIALECT_NONE)
		return dialect_of_request(q);
	if (q->opcode >= SD_OP_INTERNAL && q->proto_ver != dialect_info(d)->version)
		return dialect_of_request(q);
	return d;
}

static void decode(const struct sheepsim_captured *c, struct decoded *d)
{
	req_decode(c->request, &d->q);
	d->dialect = dialect_of(c, &d->q);
	req_decode_as(c->request, dialect_req_variant(d->dialect, c->request[1]), &d->q);
	d->is_answer = c->answer != NULL;
	if (d->is_answer)
		rsp_decode_as(c->answer, dialect_rsp_variant(d->dialect, c->answer[1]), &d->p);
}

uint32_t sheepsim_captured_result(const struct sheepsim_captured *captured)
{
	struct decoded d;

	decode(captured, &d);
	return d.is_answer ? result_at(dialect_info(d.dialect)->release, d.p.result) : 0;
}

const char *sheepsim_captured_line(const struct sheepsim_captured *captured)
{
	struct text t = {0};
	struct decoded d;
	const char *line;

	decode(captured, &d);
	if (d.is_answer)
		rsp_text(d.dialect, &t, &d.p);
	else
		req_text(d.dialect, &t, &d.q);
	line = lasting_words(text_get(&t));
	text_free(&t);
	return line;
}

const char *sheepsim_message_line(const uint8_t head[48], bool answer)
{
	return sheepsim_captured_line(
		&(struct sheepsim_captured){.request = head, .answer = answer ? head : NULL});
}

/* True if the header is the same after decoding and encoding. */
static bool survives(const struct sheepsim_captured *c, const struct decoded *d)
{
	uint8_t again[WIRE_HEADER];

	if (d->is_answer)
		rsp_encode(&d->p, again);
	else
		req_encode(&d->q, again);
	return memcmp(d->is_answer ? c->answer : c->request, again, sizeof again) == 0;
}

int sheepsim_captured_fields(const struct sheepsim_captured *captured,
			     void (*fn)(void *arg, const struct sheepsim_field *f), void *arg)
{
	struct telling t = {.fn = fn, .arg = arg};
	struct decoded d;
	struct blob *data;

	decode(captured, &d);
	if (fn) {
		if (d.is_answer)
			rsp_fields(d.dialect, captured->answer, tell_field, &t);
		else
			req_fields(d.dialect, captured->request, tell_field, &t);
		data = blob_new(captured->payload, captured->len);
		t.base = WIRE_HEADER;
		payload_fields(d.dialect, &d.q, d.is_answer ? &d.p : NULL, data, tell_field, &t);
		blob_unref(data);
	}
	if (survives(captured, &d))
		return 0;
	lasting_words("the header is not the same after decoding and encoding");
	return SHEEPSIM_E_MALFORMED;
}

int sheepsim_message_fields(const uint8_t request[48], const uint8_t *answer, const void *payload,
			    size_t len, void (*fn)(void *arg, const struct sheepsim_field *f),
			    void *arg)
{
	return sheepsim_captured_fields(
		&(struct sheepsim_captured){
			.request = request, .answer = answer, .payload = payload, .len = len},
		fn, arg);
}

const char *sheepsim_message_version(const uint8_t request[48])
{
	enum dialect d = DIALECT_NONE;

	if (request[1] >= SD_OP_INTERNAL)
		d = dialect_of_family(request[0], SD_FAMILY_NONE);
	return d == DIALECT_NONE ? NULL : dialect_info(d)->name;
}

/* ------------------------------------------------------------------ headers and checks */

/* The object that a request names; 0: none. */
static uint64_t named_object(const struct req *q)
{
	switch (q->variant) {
	case VARIANT_OBJ:
		return q->obj.oid;
	case VARIANT_REF:
		return q->ref.oid;
	case VARIANT_FORW:
		return q->forw.oid;
	default:
		return 0;
	}
}

void sheepsim_message_head(const uint8_t head[48], bool answer, struct sheepsim_message *message)
{
	const struct op_info *info = op_info(head[1]);
	struct req q;
	struct rsp p;

	/* Both headers begin with the same fields. */
	req_decode(head, &q);
	rsp_decode(head, &p);
	*message = (struct sheepsim_message){
		.operation = info ? info->name : NULL,
		.protocol = protocol_name(info ? info->protocol : PROTOCOL_NONE),
		.version = q.proto_ver,
		.opcode = q.opcode,
		.flags = q.flags,
		.epoch = q.epoch,
		.id = q.id,
		.length = q.data_length,
		.payload = answer || (q.flags & SD_FLAG_CMD_WRITE) ? q.data_length : 0,
		.oid = answer ? 0 : named_object(&q),
		.result = answer ? p.result : 0,
		.plausible = answer ? rsp_plausible(head) : req_plausible(head),
	};
}

/* What a check has found; the words are kept. */
static int malformed(const struct wire_error *err, uint64_t *offset)
{
	lasting_words(err->text);
	if (offset)
		*offset = err->offset;
	return SHEEPSIM_E_MALFORMED;
}

static int check_request(enum dialect d, const struct req *q, const struct blob *payload,
			 struct wire_error *err)
{
	int ret = dialect_req_validate(d, q, payload, err);

	if (ret == -(int)SD_RES_BUFFER_SMALL)
		return 0;
	return ret < 0 ? ret : payload_validate(d, q, false, payload, err);
}

int sheepsim_captured_check(const struct sheepsim_captured *captured, uint64_t *offset)
{
	struct blob *data = blob_new(captured->payload, captured->len);
	struct wire_error err;
	struct decoded d;
	int ret;

	decode(captured, &d);
	if (d.is_answer)
		ret = rsp_validate(d.dialect, &d.q, &d.p, data, &err);
	else
		ret = check_request(d.dialect, &d.q, data, &err);
	blob_unref(data);
	return ret < 0 ? malformed(&err, offset) : 0;
}

/* ------------------------------------------------------------------ structures */

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
		ret = check_request(DIALECT_NEWEST, &q, data, err);
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

static int check_structure(enum sheepsim_structure what, struct blob *b, struct wire_error *err)
{
	struct shepherd_message sm = {0};
	struct driver_message dm = {0};
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
		ret = shepherd_message_decode(b, what == SHEEPSIM_TO_SHEPHERD, &sm, err);
		shepherd_message_clear(&sm);
		break;
	case SHEEPSIM_DRIVER_MESSAGE:
		ret = driver_message_decode(b, &dm, err);
		driver_message_clear(&dm);
		break;
	}
	return ret;
}

static void structure_fields(enum sheepsim_structure what, struct blob *b, struct telling *t)
{
	switch (what) {
	case SHEEPSIM_MEMBERS:
		node_fields(b, tell_field, t);
		break;
	case SHEEPSIM_CLUSTER_INFO:
		cluster_info_fields(b, tell_field, t);
		break;
	case SHEEPSIM_NOTIFICATION:
		vdi_op_fields(b, tell_field, t);
		break;
	case SHEEPSIM_INODE:
		object_fields(b, SD_INODE_BIT, tell_field, t);
		break;
	case SHEEPSIM_TO_SHEPHERD:
	case SHEEPSIM_FROM_SHEPHERD:
		shepherd_fields(b, what == SHEEPSIM_TO_SHEPHERD, tell_field, t);
		break;
	case SHEEPSIM_DRIVER_MESSAGE:
		driver_message_fields(b, tell_field, t);
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

static void shepherd_line(struct text *t, struct blob *b, bool to_server)
{
	struct shepherd_message m;

	if (shepherd_message_decode(b, to_server, &m, NULL) < 0)
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

const char *sheepsim_structure_line(enum sheepsim_structure what, const void *bytes, size_t len)
{
	struct blob *b = blob_new(bytes, len);
	struct text t = {0};
	const char *line;

	if (what == SHEEPSIM_MEMBERS)
		members_line(&t, b);
	else if (what == SHEEPSIM_CLUSTER_INFO)
		cluster_info_line(&t, b);
	else if (what == SHEEPSIM_NOTIFICATION)
		notification_line(&t, b);
	else if (what == SHEEPSIM_INODE)
		inode_line(&t, b);
	else if (what == SHEEPSIM_DRIVER_MESSAGE)
		driver_line(&t, b);
	else
		shepherd_line(&t, b, what == SHEEPSIM_TO_SHEPHERD);
	blob_unref(b);
	line = t.len > 0 ? lasting_words(text_get(&t)) : NULL;
	text_free(&t);
	return line;
}

const char *sheepsim_shepherd_head(const uint8_t head[8], bool to_server, uint32_t *length)
{
	if (shepherd_header_decode(head, to_server, length, NULL) < 0)
		return NULL;
	return shepherd_type_name(to_server, get_le32(head), NULL);
}

void sheepsim_sha1(const void *bytes, size_t len, uint8_t digest[20])
{
	struct blob *b = blob_new(bytes, len);

	blob_sha1(b, digest);
	blob_unref(b);
}

int sheepsim_structure_fields(enum sheepsim_structure what, const void *bytes, size_t len,
			      void (*fn)(void *arg, const struct sheepsim_field *f), void *arg,
			      uint64_t *offset)
{
	struct blob *b = blob_new(bytes, len);
	struct telling t = {.fn = fn, .arg = arg};
	struct wire_error err;
	int ret = check_structure(what, b, &err);

	if (fn)
		structure_fields(what, b, &t);
	blob_unref(b);
	return ret < 0 ? malformed(&err, offset) : 0;
}
