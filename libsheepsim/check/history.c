/*
 * The histories of all VDIs.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/mem.h"
#include "check/possible.h"
#include "check/history_internal.h"

struct history_read {
	struct vdi_history *vdi;
	struct possible possible; /* when it began, and what has begun since */
	uint64_t offset, len;
	LIST_ENTRY(history_read) link;
};

struct history_copy {
	struct vdi_history *vdi;
	struct possible possible;
	LIST_ENTRY(history_copy) link;
};

/* ------------------------------------------------------------------ VDIs */

struct vdi_history *history_find(struct history *h, const char *name)
{
	struct vdi_history *v = NULL;

	HASH_FIND_STR(h->vdis, name, v);
	return v;
}

static struct vdi_history *get(struct history *h, const char *name)
{
	struct vdi_history *v = history_find(h, name);

	if (!v) {
		v = mem_alloc(sizeof *v);
		v->name = mem_string(name);
		v->refs = 1;
		v->muted = h->wanted && name[0] != '@';
		LIST_INIT(&v->reads);
		LIST_INIT(&v->copies);
		HASH_ADD_KEYPTR(hh, h->vdis, v->name, strlen(v->name), v);
	}
	return v;
}

void history_by_object(struct history *h, bool (*wanted)(void *arg, uint64_t oid), void *arg)
{
	struct vdi_history *v;

	h->wanted = wanted;
	h->wanted_arg = arg;
	for (v = h->vdis; v; v = v->hh.next)
		v->muted = v->name[0] != '@';
}

static struct vdi_history *vdi_ref(struct vdi_history *v)
{
	v->refs++;
	return v;
}

static void vdi_unref(struct vdi_history *v)
{
	assert(v->refs > 0);
	if (--v->refs > 0)
		return;
	possible_free(&v->content);
	free(v->name);
	free(v);
}

struct history *history_new(struct trace *trace)
{
	struct history *h = mem_alloc(sizeof *h);

	h->trace = trace;
	LIST_INIT(&h->lost);
	return h;
}

static void forget_lost(struct lost_write *l)
{
	LIST_REMOVE(l, link);
	write_unref(l->write);
	free(l);
}

void history_free(struct history *h)
{
	struct vdi_history *v, *next;

	while (!LIST_EMPTY(&h->lost))
		forget_lost(LIST_FIRST(&h->lost));
	HASH_ITER (hh, h->vdis, v, next) {
		HASH_DELETE(hh, h->vdis, v);
		v->gone = true;
		vdi_unref(v);
	}
	for (size_t i = 0; i < h->nr_found; i++)
		free(h->found[i].text);
	free(h->found);
	free(h);
}

void history_gone(struct history *h, const char *vdi)
{
	struct vdi_history *v = history_find(h, vdi);

	if (!v)
		return;
	HASH_DELETE(hh, h->vdis, v);
	v->gone = true;
	vdi_unref(v);
}

void history_formatted(struct history *h)
{
	while (h->vdis)
		history_gone(h, h->vdis->name);
}

void history_created(struct history *h, const char *vdi)
{
	history_gone(h, vdi);
	get(h, vdi)->content.known = true;
}

void history_coded(struct history *h, const char *vdi)
{
	get(h, vdi)->content.coded = true;
}

/* ------------------------------------------------------------------ writes */

/*
 * Clients that write without end and do not wait for answers would fill the memory with what may
 * be: such an object is not judged any more.
 */
static void drop(struct vdi_history *v)
{
	v->muted = true;
	v->dropped = true;
	possible_free(&v->content);
}

struct write *history_write_begin(struct history *h, const char *vdi, uint64_t offset,
				  struct blob *data)
{
	struct vdi_history *v = get(h, vdi);
	struct history_read *r;
	struct history_copy *copy;
	struct write *w;

	if (v->dropped)
		return NULL;
	w = mem_alloc(sizeof *w);
	w->refs = 1;
	w->began = ++h->time;
	w->offset = offset;
	w->data = blob_ref(data);
	if (!possible_begin(&v->content, w) && vdi[0] == '@')
		drop(v);
	LIST_FOREACH (r, &v->reads, link)
		possible_begin(&r->possible, w);
	LIST_FOREACH (copy, &v->copies, link)
		possible_begin(&copy->possible, w);
	return w;
}

static void lose(struct history *h, struct write *w)
{
	struct lost_write *l = mem_alloc(sizeof *l);

	l->write = w;
	w->refs++;
	LIST_INSERT_HEAD(&h->lost, l, link);
}

void history_write_end(struct history *h, const char *vdi, struct write *w, enum history_end end)
{
	struct vdi_history *v = history_find(h, vdi);
	bool dropped = v && v->dropped;

	if (dropped)
		v = NULL;
	if (end == HISTORY_LOST && !dropped)
		lose(h, w);
	else
		w->ended = ++h->time;
	if (v && end == HISTORY_OK)
		possible_acknowledge(&v->content, w);
	if (v && end == HISTORY_REFUSED) {
		possible_withdraw(&v->content, w);
		/* an object that nobody has written to, as far as is known */
		if (v->name[0] == '@' && !v->content.chunks && !v->content.known)
			history_gone(h, vdi);
	}
	write_unref(w);
}

void history_quiet(struct history *h)
{
	h->time++;
	while (!LIST_EMPTY(&h->lost)) {
		LIST_FIRST(&h->lost)->write->ended = h->time;
		forget_lost(LIST_FIRST(&h->lost));
	}
}

/* ------------------------------------------------------------------ snapshots */

struct history_copy *history_snapshot_begin(struct history *h, const char *vdi)
{
	struct vdi_history *v = get(h, vdi);
	struct history_copy *copy = mem_alloc(sizeof *copy);

	copy->vdi = vdi_ref(v);
	possible_copy(&copy->possible, &v->content, 0, UINT64_MAX);
	LIST_INSERT_HEAD(&v->copies, copy, link);
	return copy;
}

void history_snapshot_end(struct history *h, struct history_copy *copy, const char *tag,
			  enum history_end end)
{
	struct vdi_history *snapshot;
	char *name;

	LIST_REMOVE(copy, link);
	if (end == HISTORY_OK && *tag) {
		name = mem_format("%s:%s", copy->vdi->name, tag);
		history_gone(h, name);
		snapshot = get(h, name);
		snapshot->content = copy->possible;
		free(name);
	} else {
		possible_free(&copy->possible);
	}
	vdi_unref(copy->vdi);
	free(copy);
}

/* ------------------------------------------------------------------ reads */

static void complain(struct history *h, const char *invariant, char *text)
{
	trace_words(h->trace, -1, TRACE_VIOLATION, 0, 0, "%s: %s", invariant, text);
	h->found = mem_resize(h->found, h->nr_found + 1, sizeof *h->found);
	h->found[h->nr_found++] = (struct history_finding){invariant, text};
}

struct history_read *history_read_begin(struct history *h, const char *vdi, uint64_t offset,
					uint64_t len)
{
	struct vdi_history *v = get(h, vdi);
	struct history_read *r = mem_alloc(sizeof *r);

	r->vdi = vdi_ref(v);
	r->offset = offset;
	r->len = len;
	possible_copy(&r->possible, &v->content, offset, len);
	LIST_INSERT_HEAD(&v->reads, r, link);
	return r;
}

static void judge(struct history *h, const struct history_read *r, struct blob *data,
		  const char *who)
{
	int64_t at = possible_compare(&r->possible, r->offset, data);
	uint8_t byte;

	if (at < 0)
		return;
	blob_read(data, (uint64_t)at, &byte, 1);
	complain(h, "I1",
		 mem_format("%s read %s from %" PRIu64 " on: byte %" PRIu64
			    " is %02x, which is not what was acknowledged last",
			    who, r->vdi->name, r->offset, r->offset + (uint64_t)at, byte));
}

void history_read_end(struct history *h, struct history_read *r, enum history_end end,
		      struct blob *data, uint32_t result, const char *who)
{
	LIST_REMOVE(r, link);
	if (end == HISTORY_OK && !r->vdi->gone && !r->vdi->muted) {
		assert(blob_size(data) == r->len);
		judge(h, r, data, who);
	}
	if (end == HISTORY_FAILED && result == SD_RES_NO_OBJ && !r->vdi->gone && !r->vdi->muted)
		complain(h, "I3",
			 mem_format("%s read %s from %" PRIu64 " on and was told that there is no "
				    "such object",
				    who, r->vdi->name, r->offset));
	possible_free(&r->possible);
	vdi_unref(r->vdi);
	free(r);
}

void history_unreadable(struct history *h, const char *who, const char *vdi, uint64_t offset,
			const struct outcome *o)
{
	struct text how = {0};

	outcome_text(o, &how);
	complain(h, "I1",
		 mem_format("%s could not read %s from %" PRIu64 " on: %s", who, vdi, offset,
			    text_get(&how)));
	text_free(&how);
}

void history_report(struct history *h, struct report *r)
{
	for (size_t i = 0; i < h->nr_found; i++) {
		report_told(r, h->found[i].invariant, h->found[i].text);
		free(h->found[i].text);
	}
	h->nr_found = 0;
}
