/*
 * Messages in words.
 */
#include <inttypes.h>
#include <string.h>

#include "api/captured.h"
#include "api/sim.h"
#include "sheepsim/wire/frontend.h"
#include "wire/ops.h"
#include "wire/text.h"
#include "wire/traffic.h"

/* ------------------------------------------------------------------ telling */

void captured_tell_field(void *arg, const char *name, uint64_t offset, uint64_t len,
			 const char *value)
{
	const struct telling *t = arg;
	struct sheepsim_field f = {
		.name = name, .offset = t->base + offset, .len = len, .value = value};

	t->fn(t->arg, &f);
}

/* What a check has found; the words are kept. */
int captured_malformed(const struct wire_error *err, uint64_t *offset)
{
	lasting_words(err->text);
	if (offset)
		*offset = err->offset;
	return SHEEPSIM_E_MALFORMED;
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

	if (d != DIALECT_NONE && c->request == c->answer)
		return d; /* nothing else tells */
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
			rsp_fields(d.dialect, captured->answer, captured_tell_field, &t);
		else
			req_fields(d.dialect, captured->request, captured_tell_field, &t);
		data = blob_new(captured->payload, captured->len);
		t.base = WIRE_HEADER;
		payload_fields(d.dialect, &d.q, d.is_answer ? &d.p : NULL, data,
			       captured_tell_field, &t);
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

int captured_request_check(enum dialect d, const struct req *q, const struct blob *payload,
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
		ret = captured_request_check(d.dialect, &d.q, data, &err);
	blob_unref(data);
	return ret < 0 ? captured_malformed(&err, offset) : 0;
}
