/*
 * Against a model that says for each single byte which writes may show: random writes that overlap
 * in place and time, and what may be read.
 */
#include "tests.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "check/possible.h"

#define PLACES	 40u /* bytes; the border of two chunks is in the middle */
#define START	 (CHUNK_SIZE - PLACES / 2)
#define UNDERWAY 4u
#define STEPS	 400u

/* Writes are told apart by their byte; byte 0 is what was there first. */
struct model {
	struct possible p;
	uint64_t time, seed, step;
	struct write *going[UNDERWAY];
	uint64_t began[256], ended[256]; /* ended: 0 if it may yet take effect */
	bool acknowledged[256];
	bool covers[256][PLACES];
	unsigned nr; /* writes so far, the first is 1 */
};

static uint64_t draw(struct model *m, const char *purpose, uint64_t limit)
{
	return random_below(limit, m->seed, purpose, m->step, 0, 0);
}

static void begin(struct model *m, unsigned slot)
{
	uint64_t from = draw(m, "from", PLACES), len = 1 + draw(m, "len", PLACES - from);
	struct write *w = mem_alloc(sizeof *w);
	uint8_t bytes[PLACES];
	unsigned name = ++m->nr;

	memset(bytes, (int)name, len);
	w->refs = 1;
	w->began = m->began[name] = ++m->time;
	w->offset = START + from;
	w->data = blob_new(bytes, len);
	for (uint64_t i = from; i < from + len; i++)
		m->covers[name][i] = true;
	possible_begin(&m->p, w);
	m->going[slot] = w;
}

static void end(struct model *m, unsigned slot)
{
	struct write *w = m->going[slot];
	uint8_t name;

	blob_read(w->data, 0, &name, 1);
	w->ended = m->ended[name] = ++m->time;
	m->acknowledged[name] = draw(m, "how", 3) > 0;
	if (m->acknowledged[name])
		possible_acknowledge(&m->p, w);
	write_unref(w);
	m->going[slot] = NULL;
}

/* May the write of this name be what is read at this place? Straight from the rule. */
static bool may_show(const struct model *m, unsigned name, unsigned place)
{
	if (name > m->nr || (name && !m->covers[name][place]))
		return false;
	for (unsigned later = 1; later <= m->nr; later++) {
		bool after = name == 0 || (m->ended[name] && m->ended[name] < m->began[later]);

		if (later != name && after && m->acknowledged[later] && m->covers[later][place])
			return false;
	}
	return true;
}

static void check_places(const struct model *m)
{
	for (unsigned place = 0; place < PLACES; place++) {
		for (unsigned name = 0; name <= m->nr; name++) {
			uint8_t byte = (uint8_t)name;
			struct blob *b = blob_new(&byte, 1);
			bool allowed = possible_compare(&m->p, START + place, b) < 0;

			blob_unref(b);
			if (allowed != may_show(m, name, place))
				fail_msg("seed %u step %u: write %u at %u", (unsigned)m->seed,
					 (unsigned)m->step, name, place);
		}
	}
}

static void bytes_are_those_of_writes_that_were_not_superseded(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct model *m = mem_alloc(sizeof *m);

		m->seed = seed;
		m->p.known = true;
		for (m->step = 0; m->step < STEPS && m->nr < 255; m->step++) {
			unsigned slot = (unsigned)draw(m, "slot", UNDERWAY);

			if (m->going[slot])
				end(m, slot);
			else
				begin(m, slot);
			if (m->step % 16 == 0)
				check_places(m);
		}
		for (unsigned i = 0; i < UNDERWAY; i++)
			if (m->going[i])
				end(m, i);
		check_places(m);
		possible_free(&m->p);
		free(m);
	}
}

int possible_model_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_those_of_writes_that_were_not_superseded),
	};

	return cmocka_run_group_tests_name("possible model", tests, NULL, NULL);
}
