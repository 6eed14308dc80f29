/*
 * Order within a moment, where one thing causes the other: a gateway reads before it writes what it
 * has read (the stripes of a partial write, the object that is copied on write), and a node asks
 * for lists before it recovers what they list.
 *
 * What a node does to the objects of one index of VDIs is put down as phases: "RW" is any number of
 * reads, all answered before any number of writes. They have to be those of the capture.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "moment.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/peer.h"

#define PHASES 200 /* of one node and index */

struct touch {
	unsigned int order;
	char phase;
};

static uint64_t oid_of(const struct exchange *e)
{
	return head_number(e->request.head + 16, 8);
}

/* The kind of object and its index, not the VDI: a copy is written to another VDI's object. */
static uint64_t place_of(const struct exchange *e)
{
	return oid_of(e) & ~((UINT64_C(0xffffff) << 32));
}

/* 'R': reads, 'W': writes; 0: it is not a gateway's I/O. */
static char phase_of(const struct exchange *e)
{
	switch (e->request.head[1]) {
	case SD_OP_READ_PEER:
		return is_recovery(e) || !e->answer.there ? 0 : 'R';
	case SD_OP_WRITE_PEER:
	case SD_OP_CREATE_AND_WRITE_PEER:
		return 'W';
	default:
		return 0;
	}
}

static int by_order(const void *a, const void *b)
{
	const struct touch *x = a;
	const struct touch *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

/* The phases of what a node does at a place. */
static void phases_of(const struct heard *h, int node, uint64_t place, char phases[PHASES + 1])
{
	struct touch *list = need(calloc(h->nr_exchanges + 1, sizeof(*list)));
	size_t nr = 0;
	size_t len = 0;

	for (size_t i = 0; i < h->nr_exchanges; i++) {
		const struct exchange *e = &h->exchanges[i];
		char phase = phase_of(e);

		if (phase == 0 || e->from != node || place_of(e) != place)
			continue;
		list[nr++] = (struct touch){
			.order = phase == 'R' ? e->answer.order : e->request.order, .phase = phase};
	}
	qsort(list, nr, sizeof(*list), by_order);
	for (size_t i = 0; i < nr && len < PHASES; i++) {
		if (len == 0 || phases[len - 1] != list[i].phase)
			phases[len++] = list[i].phase;
	}
	phases[len] = '\0';
	free(list);
}

/* True if an exchange before the i-th has the same node and place. */
static bool seen(const struct heard *h, size_t i)
{
	const struct exchange *e = &h->exchanges[i];

	for (size_t k = 0; k < i; k++) {
		const struct exchange *x = &h->exchanges[k];

		if (phase_of(x) != 0 && x->from == e->from && place_of(x) == place_of(e))
			return true;
	}
	return false;
}

static void check_phases(struct moment *m)
{
	const struct heard *h = m->captured;
	char captured[PHASES + 1], got[PHASES + 1];

	for (size_t i = 0; i < h->nr_exchanges; i++) {
		const struct exchange *e = &h->exchanges[i];

		if (phase_of(e) == 0 || seen(h, i))
			continue;
		phases_of(h, e->from, place_of(e), captured);
		phases_of(m->got, e->from, place_of(e), got);
		if (strcmp(captured, got) != 0)
			moment_differs(m, h->path, e->request.line,
				       "node%d: reads and writes of this place are %s in the "
				       "capture, %s here",
				       e->from, captured, got);
	}
}

/* How many recovery reads of an epoch a node has sent before it got a list of that epoch; the first
 * of them. */
static unsigned int early_reads(const struct heard *h, const struct exchange **first)
{
	unsigned int early = 0;

	for (size_t i = 0; i < h->nr_exchanges; i++) {
		const struct exchange *e = &h->exchanges[i];
		bool has_list = false;

		if (e->request.head[1] != SD_OP_READ_PEER || !is_recovery(e))
			continue;
		for (size_t k = 0; k < h->nr_exchanges && !has_list; k++) {
			const struct exchange *x = &h->exchanges[k];

			has_list = x->from == e->from && x->answer.there &&
				   x->request.head[1] == SD_OP_GET_OBJ_LIST &&
				   memcmp(x->request.head + 4, e->request.head + 4, 4) == 0 &&
				   x->answer.order < e->request.order;
		}
		if (!has_list && early++ == 0)
			*first = e;
	}
	return early;
}

/* On demand an object may be recovered before any list is there, so it is the capture that tells
 * whether that may be. */
static void check_lists(struct moment *m)
{
	const struct exchange *e = NULL;

	if (early_reads(m->captured, &e) > 0 || early_reads(m->got, &e) == 0)
		return;
	moment_differs(m, m->captured->path, 0,
		       "node%d: %s: recovery reads before it has a list of objects", e->from,
		       sheepsim_message_line(e->request.head, false));
}

void moment_check_order(struct moment *m)
{
	if (m->captured->cut)
		return;
	check_phases(m);
	check_lists(m);
}
