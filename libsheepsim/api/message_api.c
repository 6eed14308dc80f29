/*
 * Messages in words.
 */
#include <string.h>

#include "api/sim.h"
#include "wire/ops.h"
#include "wire/text.h"

const char *sheepsim_message_line(const uint8_t head[48], bool answer)
{
	struct text t = {0};
	struct req q;
	struct rsp p;
	const char *line;

	if (answer) {
		rsp_decode(head, &p);
		rsp_text(&t, &p);
	} else {
		req_decode(head, &q);
		req_text(&t, &q);
	}
	line = lasting_words(text_get(&t));
	text_free(&t);
	return line;
}

const char *sheepsim_operation(unsigned index, uint8_t *opcode)
{
	const struct op_info *info;

	for (unsigned i = 0; i <= UINT8_MAX; i++) {
		info = op_info((uint8_t)i);
		if (!info || index-- > 0)
			continue;
		if (opcode)
			*opcode = info->opcode;
		return info->name;
	}
	return NULL;
}

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

/* True if the header is the same after decoding and encoding. */
static bool survives(const uint8_t head[48], bool answer)
{
	uint8_t again[WIRE_HEADER];
	struct req q;
	struct rsp p;

	if (answer) {
		rsp_decode(head, &p);
		rsp_encode(&p, again);
	} else {
		req_decode(head, &q);
		req_encode(&q, again);
	}
	return memcmp(head, again, sizeof again) == 0;
}

int sheepsim_message_fields(const uint8_t request[48], const uint8_t *answer, const void *payload,
			    size_t len, void (*fn)(void *arg, const struct sheepsim_field *f),
			    void *arg)
{
	struct telling t = {.fn = fn, .arg = arg};
	const uint8_t *head = answer ? answer : request;
	struct blob *data;
	struct req q;
	struct rsp p;

	if (fn) {
		req_decode(request, &q);
		if (answer)
			rsp_decode(answer, &p);
		if (answer)
			rsp_fields(answer, tell_field, &t);
		else
			req_fields(request, tell_field, &t);
		data = blob_new(payload, len);
		t.base = WIRE_HEADER;
		payload_fields(&q, answer ? &p : NULL, data, tell_field, &t);
		blob_unref(data);
	}
	if (survives(head, answer != NULL))
		return 0;
	lasting_words("the header is not the same after decoding and encoding");
	return SHEEPSIM_E_MALFORMED;
}
