/* Reading and writing VDIs. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "scenario/commands_io.h"
#include "scenario/content.h"
#include "scenario/jobs.h"
#include "scenario/rows.h"
#include "scenario/values.h"

const struct param write_params[] = {
	{"NAME", VALUE_WORD, PARAM_NEEDED, NULL},
	{"OFFSET", VALUE_SIZE, PARAM_NEEDED, NULL},
	{"LENGTH", VALUE_SIZE, PARAM_NEEDED, NULL},
	{"seed", VALUE_COUNT, PARAM_KEY_NEEDED, NULL},
	{"via", VALUE_NODE, PARAM_KEY, NULL},
	{"background", VALUE_FLAG, PARAM_KEY, NULL},
	PARAMS_END,
};

const struct param read_params[] = {
	{"NAME", VALUE_WORD, PARAM_NEEDED, NULL},    {"OFFSET", VALUE_SIZE, PARAM_NEEDED, NULL},
	{"LENGTH", VALUE_SIZE, PARAM_NEEDED, NULL},  {"seed", VALUE_COUNT, PARAM_KEY, NULL},
	{"zeros", VALUE_FLAG, PARAM_KEY, NULL},	     {"via", VALUE_NODE, PARAM_KEY, NULL},
	{"background", VALUE_FLAG, PARAM_KEY, NULL}, PARAMS_END,
};

const struct param discard_params[] = {
	{"NAME", VALUE_WORD, PARAM_NEEDED, NULL},
	{"OFFSET", VALUE_SIZE, PARAM_NEEDED, NULL},
	{"LENGTH", VALUE_SIZE, PARAM_NEEDED, NULL},
	{"via", VALUE_NODE, PARAM_KEY, NULL},
	PARAMS_END,
};

const struct param load_params[] = {
	{"NAME", VALUE_WORD, PARAM_NEEDED, NULL}, {"seed", VALUE_COUNT, PARAM_KEY_NEEDED, NULL},
	{"writes", VALUE_COUNT, PARAM_KEY, NULL}, {"size", VALUE_SIZE, PARAM_KEY, NULL},
	{"range", VALUE_SIZE, PARAM_KEY, NULL},	  {"every", VALUE_TIME, PARAM_KEY, NULL},
	{"via", VALUE_NODE, PARAM_KEY, NULL},	  PARAMS_END,
};

const struct param wait_params[] = {
	{"within", VALUE_TIME, PARAM_PAIR, NULL},
	PARAMS_END,
};

static void row_of_change(struct run *r, uint64_t bytes, unsigned int objects)
{
	row_begin(r);
	row_number(r, "bytes", bytes);
	row_number(r, "objects", objects);
	row_end(r);
}

/* What write and read have in common: where, how much, and whose VM does it. */
struct transfer {
	const char *vdi;
	uint64_t offset, len, seed;
	struct vm *vm;
};

static int transfer_of(struct run *r, const struct call *call, struct transfer *t)
{
	t->vdi = call_word(call, "NAME", "");
	t->offset = call_number(call, "OFFSET", 0);
	t->len = call_number(call, "LENGTH", 0);
	t->seed = call_number(call, "seed", 0);
	if (t->len == 0 || t->len > CONTENT_MAX)
		return fail(r, SHEEPSIM_E_SCENARIO, "LENGTH is 1 to %" PRIu64 " MiB",
			    CONTENT_MAX >> 20);
	return vm_get(r, t->vdi, call_node(call, "via", -1), &t->vm);
}

static int in_background(struct run *r, const struct transfer *t, enum job_kind kind, bool compare)
{
	job_start(r, &(struct job){.kind = kind,
				   .client = t->vm->client,
				   .vdi = (char *)t->vdi,
				   .seed = t->seed,
				   .compare = compare,
				   .offset = t->offset,
				   .len = t->len,
				   .total = 1});
	return 0;
}

int run_write(struct run *r, const struct call *call)
{
	const struct sheepsim_done *done;
	struct text size = {0};
	struct transfer t;
	uint8_t *buf;
	int error = transfer_of(r, call, &t);

	if (error < 0)
		return error;
	if (call_has(call, "background"))
		return in_background(r, &t, JOB_WRITE, false);
	buf = mem_alloc(t.len);
	content_fill(t.seed, t.offset, buf, t.len);
	error = sheepsim_write(t.vm->client, t.vdi, t.offset, buf, t.len);
	free(buf);
	if (error < 0)
		return error;
	done = sheepsim_last(t.vm->client);
	text_size(&size, t.len);
	say(r, "wrote %s in %u object%s", text_get(&size), done->objects,
	    done->objects == 1 ? "" : "s");
	text_free(&size);
	row_of_change(r, t.len, done->objects);
	return 0;
}

static void row_of_read(struct run *r, const struct call *call, const uint8_t *buf, size_t len)
{
	row_begin(r);
	row_number(r, "bytes", len);
	if (call_has(call, "seed"))
		row_flag(r, "as_written", true);
	row_flag(r, "zeros", content_zero(buf, len) == len);
	row_hex(r, "digest", content_digest(buf, len), 16);
	row_end(r);
}

/* Says what was read; a difference is a failure. */
static int say_read(struct run *r, const struct call *call, const struct transfer *t,
		    const uint8_t *buf)
{
	struct text size = {0};
	size_t at = t->len;
	int error = 0;

	text_size(&size, t->len);
	if (call_has(call, "seed"))
		at = content_compare(t->seed, t->offset, buf, t->len);
	else if (call_has(call, "zeros"))
		at = content_zero(buf, t->len);
	if (at < t->len)
		error = fail(r, SHEEPSIM_E_VIOLATION,
			     "what was read differs from what it should be at offset %" PRIu64,
			     t->offset + at);
	else if (call_has(call, "seed"))
		say(r, "read %s: as written", text_get(&size));
	else if (content_zero(buf, t->len) == t->len)
		say(r, "read %s: zeros", text_get(&size));
	else
		say(r, "read %s: digest %016" PRIx64, text_get(&size), content_digest(buf, t->len));
	if (error == 0 && r->has_rows)
		row_of_read(r, call, buf, t->len);
	text_free(&size);
	return error;
}

int run_read(struct run *r, const struct call *call)
{
	struct transfer t;
	uint8_t *buf;
	int error = transfer_of(r, call, &t);

	if (error < 0)
		return error;
	if (call_has(call, "seed") && call_has(call, "zeros"))
		return fail(r, SHEEPSIM_E_SCENARIO, "seed and zeros exclude each other");
	if (call_has(call, "background"))
		return in_background(r, &t, JOB_READ, call_has(call, "seed"));
	buf = mem_alloc(t.len);
	error = sheepsim_read(t.vm->client, t.vdi, t.offset, buf, t.len);
	if (error >= 0)
		error = say_read(r, call, &t, buf);
	free(buf);
	return error < 0 ? error : 0;
}

int run_discard(struct run *r, const struct call *call)
{
	const char *name = call_word(call, "NAME", "");
	uint64_t len = call_number(call, "LENGTH", 0);
	struct text size = {0};
	unsigned int objects;
	struct vm *vm;
	int error = vm_get(r, name, call_node(call, "via", -1), &vm);

	if (error >= 0)
		error = sheepsim_discard(vm->client, name, call_number(call, "OFFSET", 0), len);
	if (error < 0)
		return error;
	objects = sheepsim_last(vm->client)->objects;
	text_size(&size, len);
	say(r, "discarded %s, %u object%s", text_get(&size), objects, objects == 1 ? "" : "s");
	text_free(&size);
	row_of_change(r, len, objects);
	return 0;
}

int run_flush(struct run *r, const struct call *call)
{
	const char *name = call_word(call, "NAME", "");
	struct vm *vm;
	int error = vm_get(r, name, -1, &vm);

	return error < 0 ? error : sheepsim_flush(vm->client, name);
}

int run_load(struct run *r, const struct call *call)
{
	uint64_t size = call_number(call, "size", 4096);
	uint64_t range = call_number(call, "range", 16 << 20);
	uint64_t writes = call_number(call, "writes", 100);
	const char *name = call_word(call, "NAME", "");
	struct vm *vm;
	int error;

	if (size == 0 || size > CONTENT_MAX || range < size || writes == 0)
		return fail(r, SHEEPSIM_E_SCENARIO,
			    "a load has writes, each of 1 to %" PRIu64
			    " MiB, and no more than range",
			    CONTENT_MAX >> 20);
	error = vm_get(r, name, call_node(call, "via", -1), &vm);
	if (error < 0)
		return error;
	job_start(r, &(struct job){.kind = JOB_LOAD,
				   .client = vm->client,
				   .vdi = (char *)name,
				   .seed = call_number(call, "seed", 0),
				   .len = size,
				   .every = call_number(call, "every", SHEEPSIM_MILLISECOND),
				   .total = writes,
				   .blocks = range / size});
	return 0;
}

int run_wait(struct run *r, const struct call *call)
{
	return jobs_wait(r, call_number(call, "within", 60 * SHEEPSIM_SECOND));
}
