/*
 * Reading single objects, as nobody does who knows only VDIs: for checks.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "client/disk.h"

struct object_read {
	struct sequence sequence;
	struct frontend *frontend;
	uint64_t oid, offset, len;
	struct blob *data;
	outcome_fn done;
	void *arg;
};

static void read_ends(struct sequence *s, enum outcome_kind kind, uint32_t result, const char *why)
{
	struct object_read *r = container_of(s, struct object_read, sequence);
	struct outcome o = {.kind = kind, .result = result, .why = why, .data = r->data};

	r->frontend->operations--;
	r->done(r->arg, &o);
	blob_unref(r->data);
	free(r);
}

static void read_step(struct sequence *s)
{
	struct object_read *r = container_of(s, struct object_read, sequence);

	if (s->at == 0) {
		ask_read(s, SD_PROTO_VER, r->oid, r->offset, r->len);
		return;
	}
	r->data = s->x.data ? blob_slice(s->x.data, 0, r->len) : blob_zero(r->len);
	sequence_end(s, OUTCOME_OK, SD_RES_SUCCESS, NULL);
}

void frontend_read_object(struct frontend *f, uint64_t oid, uint64_t offset, uint64_t len,
			  outcome_fn done, void *arg)
{
	struct object_read *r = mem_alloc(sizeof *r);

	r->frontend = f;
	r->oid = oid;
	r->offset = offset;
	r->len = len;
	r->done = done;
	r->arg = arg;
	r->sequence.step = read_step;
	r->sequence.end = read_ends;
	f->operations++;
	sequence_start(&r->sequence, &f->sequences, &f->world, &f->tally, &f->io.gateway);
}
