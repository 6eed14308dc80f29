/*
 * Reads back what was written, through several gateways.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check/history_internal.h"

#define READS_AT_ONCE 16u

/* One range of one VDI. */
struct target {
	char *vdi;
	uint64_t offset, len;
};

struct readback {
	struct history *history;
	struct readback_gateway *gateways;
	unsigned nr_gateways;
	struct target *targets;
	size_t nr_targets;
	unsigned gateway; /* through which is read now */
	size_t next;	  /* target */
	unsigned under_way;
	bool stopped;
	uint64_t bytes;
};

struct back_read {
	struct readback *readback;
	const struct target *target;
	struct history_read *read;
	uint64_t began; /* the history's time */
};

static void go_on(struct readback *b);

/* What the first gateway shows must not change, unless somebody wrote meanwhile. */
static void take(struct back_read *r, struct blob *data)
{
	struct readback *b = r->readback;
	struct vdi_history *v = history_find(b->history, r->target->vdi);

	b->bytes += r->target->len;
	if (v && b->history->time == r->began)
		possible_settle(&v->content, r->target->offset, data);
}

/* An object that is not there, and need not be: nobody's index names it any more. */
static bool is_superfluous(const struct back_read *r, const struct outcome *o)
{
	const struct history *h = r->readback->history;
	const char *name = r->target->vdi;

	return o->kind == OUTCOME_RESULT && o->result == SD_RES_NO_OBJ && name[0] == '@' &&
	       !h->wanted(h->wanted_arg, strtoull(name + 1, NULL, 16));
}

static void read_ends(void *arg, const struct outcome *o)
{
	struct back_read *r = arg;
	struct readback *b = r->readback;
	enum history_end end = o->kind == OUTCOME_OK	   ? HISTORY_OK
			       : o->kind == OUTCOME_RESULT ? HISTORY_FAILED
							   : HISTORY_LOST;
	char *who = mem_format("the check through node %d", b->gateways[b->gateway].node);

	if (is_superfluous(r, o)) {
		history_gone(b->history, r->target->vdi);
		end = HISTORY_REFUSED;
	}
	history_read_end(b->history, r->read, end, o->data, o->result, who);
	if (end == HISTORY_OK && b->gateway == 0)
		take(r, o->data);
	else if (end != HISTORY_OK && o->result != SD_RES_NO_OBJ && !b->stopped)
		history_unreadable(b->history, who, r->target->vdi, r->target->offset, o);
	free(who);
	free(r);
	b->under_way--;
	go_on(b);
}

static void begin_read(struct readback *b, const struct target *t)
{
	struct frontend *client = b->gateways[b->gateway].client;
	struct back_read *r = mem_alloc(sizeof *r);
	struct vdi_name name;
	int error;

	r->readback = b;
	r->target = t;
	r->began = b->history->time;
	r->read = history_read_begin(b->history, t->vdi, t->offset, t->len);
	b->under_way++;
	if (t->vdi[0] == '@') {
		frontend_read_object(client, strtoull(t->vdi + 1, NULL, 16), t->offset, t->len,
				     read_ends, r);
		return;
	}
	error = vdi_name_parse(&name, t->vdi);
	assert(error == 0);
	frontend_read(client, &name, t->offset, t->len, read_ends, r);
}

/* Keeps as many reads under way as may be. Gateways have their turn one after the other. */
static void go_on(struct readback *b)
{
	if (b->stopped)
		return;
	if (b->next == b->nr_targets && b->under_way == 0) {
		b->gateway++;
		b->next = 0;
	}
	while (b->gateway < b->nr_gateways && b->next < b->nr_targets &&
	       b->under_way < READS_AT_ONCE) {
		begin_read(b, &b->targets[b->next++]);
	}
}

static void add_targets(struct readback *b, struct vdi_history *v)
{
	size_t nr;
	struct stretch *list = possible_stretches(&v->content, &nr);

	b->targets = mem_resize(b->targets, b->nr_targets + nr, sizeof *b->targets);
	for (size_t i = 0; i < nr; i++)
		b->targets[b->nr_targets++] = (struct target){
			.vdi = mem_string(v->name),
			.offset = list[i].offset,
			.len = list[i].len,
		};
	free(list);
}

struct readback *readback_start(struct history *h, const struct readback_gateway *gateways,
				unsigned nr)
{
	struct readback *b = mem_alloc(sizeof *b);
	struct vdi_history *v;

	b->history = h;
	b->gateways = mem_array(nr, sizeof(*b->gateways));
	b->nr_gateways = nr;
	memcpy(b->gateways, gateways, nr * sizeof(*gateways));
	for (v = h->vdis; v; v = v->hh.next)
		if (!v->muted)
			add_targets(b, v);
	if (b->nr_targets == 0)
		b->gateway = nr;
	else
		go_on(b);
	return b;
}

bool readback_over(const struct readback *b)
{
	return b->gateway == b->nr_gateways;
}

void readback_stop(struct readback *b)
{
	b->stopped = true;
}

uint64_t readback_end(struct readback *b)
{
	uint64_t bytes = b->bytes;

	assert(b->under_way == 0);
	for (size_t i = 0; i < b->nr_targets; i++)
		free(b->targets[i].vdi);
	free(b->targets);
	free(b->gateways);
	free(b);
	return bytes;
}
