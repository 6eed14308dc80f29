/* The command that asks a node for any operation. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <sheepsim/wire/header.h>
#include <sheepsim/wire/object.h>

#include "base/mem.h"
#include "scenario/call_values.h"
#include "scenario/commands_io.h"
#include "scenario/content.h"
#include "scenario/values.h"
#include "scenario/vms.h"

#define MAX_PAYLOAD (UINT64_C(32) << 20)

const struct param ask_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	{"OPERATION", VALUE_MESSAGE, PARAM_NEEDED, NULL},
	{"oid", VALUE_OBJECT, PARAM_KEY, NULL},
	{"offset", VALUE_SIZE, PARAM_KEY, NULL},
	{"entry", VALUE_COUNT, PARAM_KEY, NULL},
	{"length", VALUE_SIZE, PARAM_KEY, NULL},
	{"seed", VALUE_COUNT, PARAM_KEY, NULL},
	{"zeros", VALUE_FLAG, PARAM_KEY, NULL},
	{"vids", VALUE_WORD, PARAM_KEY, NULL},
	{"epoch", VALUE_COUNT, PARAM_KEY, NULL},
	{"target", VALUE_COUNT, PARAM_KEY, NULL},
	{"flags", VALUE_COUNT, PARAM_KEY, NULL},
	{"copies", VALUE_COUNT, PARAM_KEY, NULL},
	{"strip", VALUE_COUNT, PARAM_KEY, NULL},
	{"generation", VALUE_COUNT, PARAM_KEY, NULL},
	{"count", VALUE_COUNT, PARAM_KEY, NULL},
	{"good", VALUE_NODE, PARAM_KEY, NULL},
	PARAMS_END,
};

/* The vids that a list names, as entries of an index; -1 with words: one of them is unknown. */
static int64_t put_vids(struct run *r, const char *list, uint8_t *to)
{
	int64_t nr = 0;

	while (*list != '\0') {
		size_t len = strcspn(list, ",");
		char *name = mem_format("%.*s", (int)len, list);
		uint32_t vid = vm_vid(r, name);

		if (vid == 0 && strcmp(name, "0") != 0)
			fail(r, SHEEPSIM_E_NOT_FOUND, "vids: this scenario has made no VDI `%s'",
			     name);
		for (int i = 0; i < 4; i++)
			to[4 * nr + i] = (uint8_t)(vid >> 8 * i);
		nr++;
		free(name);
		if (r->error.len > 0)
			return -1;
		list += len + (list[len] == ',');
	}
	return 4 * nr;
}

/* The payload that a call describes: *data is to be free()d, NULL: none. */
static int take_payload(struct run *r, const struct call *call, uint8_t **data, size_t *len)
{
	uint64_t length = call_number(call, "length", 0);
	const char *vids = call_word(call, "vids", NULL);
	int64_t bytes;

	*data = NULL;
	*len = 0;
	if (call_has(call, "seed") + call_has(call, "zeros") + (vids != NULL) > 1)
		return fail(r, SHEEPSIM_E_SCENARIO, "seed, zeros and vids exclude each other");
	if (length > MAX_PAYLOAD)
		return fail(r, SHEEPSIM_E_SCENARIO, "length is at most 32M");
	if (vids != NULL) {
		*data = mem_alloc(4 * strlen(vids) + 4);
		bytes = put_vids(r, vids, *data);
		*len = bytes < 0 ? 0 : (size_t)bytes;
		return bytes < 0 ? SHEEPSIM_E_NOT_FOUND : 0;
	}
	if (!call_has(call, "seed") && !call_has(call, "zeros"))
		return 0;
	*data = mem_alloc(length > 0 ? length : 1);
	*len = length;
	if (call_has(call, "seed"))
		content_fill(call_number(call, "seed", 0), call_number(call, "offset", 0), *data,
			     length);
	return 0;
}

static int take_request(struct run *r, const struct call *call, struct sheepsim_request *q)
{
	uint64_t offset = call_number(call, "offset", 0);
	unsigned int copies = 0, strip = 0;
	int error = call_small(r, call, "copies", &copies);

	if (call_has(call, "entry"))
		offset = offsetof(struct sd_inode, data_vdi_id) + 4 * call_number(call, "entry", 0);
	if (error >= 0)
		error = call_small(r, call, "strip", &strip);
	if (error >= 0)
		error = call_oid(r, call, "oid", &q->oid);
	if (error >= 0 && (offset > UINT32_MAX || call_number(call, "flags", 0) > UINT16_MAX))
		error = fail(r, SHEEPSIM_E_SCENARIO, "offset has 32 bits, flags 16");
	q->op = call_word(call, "OPERATION", "");
	q->flags = (uint16_t)call_number(call, "flags", 0);
	q->epoch = (uint32_t)call_number(call, "epoch", 0);
	q->epoch_set = call_has(call, "epoch");
	q->offset = (uint32_t)offset;
	q->length = (uint32_t)call_number(call, "length", 0);
	q->copies = (uint8_t)copies;
	q->strip = (uint8_t)strip;
	q->target_epoch = (uint32_t)call_number(call, "target", 0);
	q->generation = (uint32_t)call_number(call, "generation", 0);
	q->count = (uint32_t)call_number(call, "count", 0);
	q->other = call_node(call, "good", 0);
	return error;
}

int run_ask(struct run *r, const struct call *call)
{
	struct sheepsim_request q = {0};
	struct sheepsim_answer a;
	uint8_t *data = NULL;
	const char *name;
	int error = take_request(r, call, &q);

	if (error >= 0)
		error = take_payload(r, call, &data, &q.data_len);
	q.data = data;
	if (error >= 0)
		error = sheepsim_ask(r->sim, call_node(call, "NODE", -1), &q, &a);
	free(data);
	if (error < 0)
		return error;
	name = sheepsim_result_name(a.result);
	if (a.len > 0)
		say(r, "%s: %s, %zu bytes, digest %016" PRIx64, q.op, name, a.len,
		    content_digest(a.data, a.len));
	else
		say(r, "%s: %s", q.op, name);
	return 0;
}
