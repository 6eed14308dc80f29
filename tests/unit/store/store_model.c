/*
 * Random sequences of operations on a small store, against a model of plain byte arrays that says
 * what every operation must answer and what must be there after it, and how much of the capacity
 * it takes.
 */
#include "tests.h"
#include "base/blob.h"
#include "base/mem.h"
#include "base/random.h"

#include <stdlib.h>
#include <string.h>
#include <sheepsim/wire/header.h>

#define OIDS	 4u
#define STRIPS	 2u
#define EPOCHS	 4u /* 0 is live */
#define NR	 (OIDS * STRIPS * EPOCHS)
#define PAGES	 3u
#define SIZE	 (PAGES * BLOB_PAGE - 100)
#define CAPACITY (12 * PAGES * BLOB_PAGE)
#define NONE	 UINT32_MAX

struct model {
	struct store *store;
	uint32_t file[NR];	   /* what each name stands for, or NONE */
	uint8_t content[NR][SIZE]; /* of each file */
};

struct run {
	struct model m;
	uint32_t full; /* operations that found no room */
	uint64_t seed;
	uint64_t step;
	uint64_t draw;
};

static uint32_t draw(struct run *r, uint32_t limit)
{
	return (uint32_t)random_below(limit, r->seed, "store model", r->step, r->draw++, 0);
}

/* Name i in the order of the store. */
static struct store_key key(uint32_t i)
{
	return strip(i / (STRIPS * EPOCHS), (uint8_t)(i / EPOCHS % STRIPS), i % EPOCHS);
}

static uint32_t index_of(struct store_key k)
{
	return ((uint32_t)k.oid * STRIPS + k.ec_index) * EPOCHS + k.stale_epoch;
}

static uint32_t nr_names(const struct model *m, uint32_t file)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < NR; i++)
		n += m->file[i] == file;
	return n;
}

static uint32_t free_file(const struct model *m)
{
	uint32_t f = 0;

	while (nr_names(m, f) > 0)
		f++;
	return f;
}

/* Data objects take all of their size. */
#define BYTES_TAKEN ((uint64_t)PAGES * BLOB_PAGE)

static uint64_t used(const struct model *m)
{
	uint64_t sum = 0;

	for (uint32_t f = 0; f < NR; f++)
		if (nr_names(m, f) > 0)
			sum += BYTES_TAKEN;
	return sum;
}

static void draw_content(struct run *r, uint8_t *out, uint32_t len)
{
	for (uint32_t at = 0; at < len; at += BLOB_PAGE) {
		uint32_t n = len - at < BLOB_PAGE ? len - at : BLOB_PAGE;

		memset(out + at, draw(r, 3) ? (int)draw(r, 255) + 1 : 0, n);
	}
}

static void step_put(struct run *r, uint32_t i)
{
	struct model *m = &r->m;
	uint8_t content[SIZE];
	bool fits;
	struct blob *b;

	draw_content(r, content, SIZE);
	fits = used(m) + BYTES_TAKEN <= CAPACITY;
	b = blob_new(content, SIZE);
	assert_int_equal(store_put(m->store, key(i), b), fits ? SD_RES_SUCCESS : SD_RES_NO_SPACE);
	blob_unref(b);
	r->full += !fits;
	if (!fits)
		return;
	m->file[i] = NONE;
	m->file[i] = free_file(m);
	memcpy(m->content[m->file[i]], content, SIZE);
}

static void step_write(struct run *r, uint32_t i)
{
	struct model *m = &r->m;
	uint32_t offset = draw(r, 2) ? draw(r, SIZE) : draw(r, PAGES) * BLOB_PAGE;
	uint32_t len = draw(r, 2) ? draw(r, SIZE + 1 - offset) : SIZE - offset;
	uint8_t data[SIZE];
	uint8_t after[SIZE];
	struct blob *b;

	draw_content(r, data, len);
	b = blob_new(data, len);
	if (m->file[i] == NONE) {
		assert_int_equal(store_write(m->store, key(i), offset, b), SD_RES_NO_OBJ);
		blob_unref(b);
		return;
	}
	memcpy(after, m->content[m->file[i]], SIZE);
	memcpy(after + offset, data, len);
	assert_int_equal(store_write(m->store, key(i), offset, b), SD_RES_SUCCESS);
	blob_unref(b);
	memcpy(m->content[m->file[i]], after, SIZE);
}

static void step_delete(struct run *r, uint32_t i)
{
	assert_int_equal(store_delete(r->m.store, key(i)), r->m.file[i] != NONE);
	r->m.file[i] = NONE;
}

static void step_rename(struct run *r, uint32_t i, uint32_t k)
{
	struct model *m = &r->m;

	assert_int_equal(store_rename(m->store, key(i), key(k)), m->file[i] != NONE);
	if (m->file[i] == NONE || m->file[i] == m->file[k])
		return;
	m->file[k] = m->file[i];
	m->file[i] = NONE;
}

static void step_link(struct run *r, uint32_t i, uint32_t k)
{
	struct model *m = &r->m;
	bool expected = m->file[k] != NONE || m->file[i] != NONE;

	assert_int_equal(store_link(m->store, key(i), key(k)), expected);
	if (m->file[k] == NONE)
		m->file[k] = m->file[i];
}

static void step_clone(struct run *r)
{
	struct store *clone = store_clone(r->m.store, true);

	store_close(r->m.store);
	r->m.store = clone;
}

static void step(struct run *r)
{
	uint32_t i = draw(r, NR);
	uint32_t k = draw(r, NR);

	switch (draw(r, 12)) {
	case 0:
	case 1:
	case 2:
		step_put(r, i);
		break;
	case 3:
	case 4:
	case 5:
		step_write(r, i);
		break;
	case 6:
		step_delete(r, i);
		break;
	case 7:
	case 8:
		step_rename(r, i, k);
		break;
	case 9:
	case 10:
		step_link(r, i, k);
		break;
	default:
		if (draw(r, 4) == 0)
			step_clone(r);
	}
}

struct walk {
	const struct model *m;
	uint32_t next; /* the first name that was not met yet */
};

static void meet(void *arg, struct store_key k)
{
	struct walk *w = arg;

	while (w->next < NR && w->m->file[w->next] == NONE)
		w->next++;
	assert_int_equal(index_of(k), w->next);
	w->next++;
}

static void check_object(const struct model *m, uint32_t i)
{
	struct blob *b = store_get(m->store, key(i));
	struct blob *expected;

	assert_int_equal(b != NULL, m->file[i] != NONE);
	assert_int_equal(store_has(m->store, key(i)), m->file[i] != NONE);
	if (!b)
		return;
	expected = blob_new(m->content[m->file[i]], SIZE);
	assert_true(blob_equal(b, expected));
	blob_unref(expected);
	blob_unref(b);
}

static void check_newest_stale(const struct model *m, uint32_t i)
{
	uint32_t first = index_of(key(i)) / EPOCHS * EPOCHS;

	for (uint32_t from = 0; from < EPOCHS; from++)
		for (uint32_t to = 0; to < EPOCHS; to++) {
			uint32_t newest = 0;

			for (uint32_t e = from ? from : 1; e <= to; e++)
				if (m->file[first + e] != NONE)
					newest = e;
			assert_int_equal(
				store_newest_stale(m->store, key(i).oid, key(i).ec_index, from, to),
				newest);
		}
}

static void check(const struct model *m)
{
	struct walk w = {.m = m};
	uint32_t nr_live = 0;
	uint32_t nr_stale = 0;

	for (uint32_t i = 0; i < NR; i++) {
		check_object(m, i);
		check_newest_stale(m, i);
		if (m->file[i] != NONE)
			*(key(i).stale_epoch ? &nr_stale : &nr_live) += 1;
	}
	store_each(m->store, meet, &w);
	while (w.next < NR && m->file[w.next] == NONE)
		w.next++;
	assert_int_equal(w.next, NR);
	assert_int_equal(store_nr_live(m->store), nr_live);
	assert_int_equal(store_nr_stale(m->store), nr_stale);
	assert_int_equal(store_used(m->store), used(m));
}

static void random_operations_match_the_model(void **state)
{
	uint64_t before = blob_memory();
	static struct run r;

	(void)state;
	for (r.seed = 0; r.seed < 10; r.seed++) {
		r.m.store = one_disk(CAPACITY);
		for (uint32_t i = 0; i < NR; i++)
			r.m.file[i] = NONE;
		for (r.step = 0; r.step < 400; r.step++) {
			r.draw = 0;
			step(&r);
			check(&r.m);
		}
		store_close(r.m.store);
	}
	assert_true(r.full > 0);
	assert_int_equal(blob_memory(), before);
}

int store_model_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations_match_the_model),
	};

	return cmocka_run_group_tests_name("store against a model", tests, NULL, NULL);
}
