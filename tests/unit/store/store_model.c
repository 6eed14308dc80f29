/*
 * Random sequences of operations on a small store with two disks, against a model of plain byte
 * arrays that says what every operation must answer and what must be there after it, and how much
 * of each disk it takes.
 */
#include "tests.h"
#include "base/blob.h"
#include "base/mem.h"
#include "base/random.h"

#include <stdlib.h>
#include <string.h>
#include <sheepsim/wire/header.h>

#define OIDS   4u /* the second half are inodes */
#define STRIPS 2u
#define EPOCHS 4u /* 0 is live */
#define DISKS  2u
#define NR     (OIDS * STRIPS * EPOCHS * DISKS)
#define PAGES  3u
#define PAST   1u /* pages past the end that are written to */
#define SIZE   (PAGES * BLOB_PAGE - 100)
#define ROOM   (9 * PAGES) /* pages of a disk */
#define NONE   UINT32_MAX

struct model {
	struct store *store;
	uint32_t file[NR];	      /* what each name stands for, or NONE */
	uint8_t content[NR][SIZE];    /* of each file */
	bool taken[NR][PAGES + PAST]; /* its pages */
	bool plugged[DISKS], lost[DISKS];
};

struct run {
	struct model m;
	uint32_t full;	/* operations that found no room */
	uint32_t moved; /* objects that were on the wrong disk */
	uint64_t seed;
	uint64_t step;
	uint64_t draw;
};

static uint32_t draw(struct run *r, uint32_t limit)
{
	return (uint32_t)random_below(limit, r->seed, "store model", r->step, r->draw++, 0);
}

/* ------------------------------------------------------------------ names */

static uint64_t oid_at(uint32_t i)
{
	return i < OIDS / 2 ? i : sd_vid_to_inode_oid(i);
}

/* Name i in the order of the store. */
static struct store_key key(uint32_t i)
{
	struct store_key k = strip(oid_at(i / (STRIPS * EPOCHS * DISKS)),
				   (uint8_t)(i / (EPOCHS * DISKS) % STRIPS), i / DISKS % EPOCHS);

	k.disk = (uint8_t)(i % DISKS + 1);
	return k;
}

static uint32_t index_of(struct store_key k)
{
	uint32_t oid = sd_oid_is_inode(k.oid) ? sd_oid_vid(k.oid) : (uint32_t)k.oid;

	return ((oid * STRIPS + k.ec_index) * EPOCHS + k.stale_epoch) * DISKS + k.disk - 1;
}

static bool is_sparse(uint32_t i)
{
	return sd_oid_is_inode(key(i).oid);
}

/* The same thing on a disk. */
static uint32_t name_on(uint32_t i, uint32_t disk)
{
	return i / DISKS * DISKS + disk;
}

/* The disk that name i belongs on, NONE without any. */
static uint32_t home_of(const struct model *m, uint32_t i)
{
	uint8_t home = store_home(m->store, key(i).oid);

	assert_true(home <= DISKS);
	assert_true(home == 0 || m->plugged[home - 1]);
	assert_true(home > 0 || (!m->plugged[0] && !m->plugged[1]));
	return home ? home - 1u : NONE;
}

/* Where the thing is, if it does not matter on which disk. */
static uint32_t anywhere(const struct model *m, uint32_t i)
{
	uint32_t home = home_of(m, i);

	if (home == NONE)
		return NONE;
	if (m->file[name_on(i, home)] != NONE)
		return name_on(i, home);
	if (m->plugged[1 - home] && m->file[name_on(i, 1 - home)] != NONE)
		return name_on(i, 1 - home);
	return NONE;
}

/* An operation's key: of a disk, or of any; *at is the name that it must be about, or NONE. */
static struct store_key draw_key(struct run *r, uint32_t i, uint32_t *at)
{
	struct store_key k = key(i);

	if (draw(r, 2)) {
		*at = r->m.file[i] != NONE ? i : NONE;
		return k;
	}
	*at = anywhere(&r->m, i);
	k.disk = 0;
	return k;
}

/* ------------------------------------------------------------------ files */

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

static uint32_t nr_taken(const bool taken[PAGES + PAST])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < PAGES + PAST; i++)
		n += taken[i];
	return n;
}

/* Pages that are taken on a disk: each file once, whatever its names. */
static uint32_t used(const struct model *m, uint32_t disk)
{
	bool counted[NR] = {false};
	uint32_t sum = 0;

	for (uint32_t i = disk; i < NR; i += DISKS) {
		if (m->file[i] == NONE || counted[m->file[i]])
			continue;
		counted[m->file[i]] = true;
		sum += nr_taken(m->taken[m->file[i]]);
	}
	return sum;
}

static bool fits(const struct model *m, uint32_t disk, uint32_t pages)
{
	return used(m, disk) + pages <= ROOM;
}

/*
 * The pages that a write of these bytes takes: of a sparse file those from the first to the last
 * byte that is not zero, or all if none is; of others everything up to its end.
 */
static void take(bool taken[PAGES + PAST], bool sparse, uint32_t offset, const uint8_t *bytes,
		 uint32_t len)
{
	uint32_t first = offset, last = offset + len;

	if (len == 0)
		return;
	while (sparse && first < last && bytes[first - offset] == 0)
		first++;
	while (sparse && last > first && bytes[last - 1 - offset] == 0)
		last--;
	if (first == last) {
		first = offset;
		last = offset + len;
	}
	for (uint32_t page = sparse ? first / BLOB_PAGE : 0; page * BLOB_PAGE < last; page++)
		taken[page] = true;
}

/* As take(), of a new file: zeros take nothing of a sparse one. */
static void take_new(bool taken[PAGES + PAST], bool sparse, const uint8_t content[SIZE])
{
	static const uint8_t zeros[SIZE];

	memset(taken, 0, PAGES + PAST);
	if (!sparse || memcmp(content, zeros, SIZE) != 0)
		take(taken, sparse, 0, content, SIZE);
}

static void draw_content(struct run *r, uint8_t *out, uint32_t len)
{
	for (uint32_t at = 0; at < len; at += BLOB_PAGE) {
		uint32_t n = len - at < BLOB_PAGE ? len - at : BLOB_PAGE;

		memset(out + at, draw(r, 3) ? (int)draw(r, 255) + 1 : 0, n);
	}
}

/* Makes name i a file of its own. */
static void put_file(struct model *m, uint32_t i, const uint8_t content[SIZE])
{
	uint8_t copy[SIZE];

	memcpy(copy, content, SIZE); /* which may be that of the file that goes */
	m->file[i] = NONE;
	m->file[i] = free_file(m);
	memcpy(m->content[m->file[i]], copy, SIZE);
	take_new(m->taken[m->file[i]], is_sparse(i), copy);
}

/* ------------------------------------------------------------------ operations */

static uint32_t put_result(struct run *r, uint32_t at, const uint8_t content[SIZE])
{
	bool taken[PAGES + PAST];

	if (at == NONE || r->m.lost[at % DISKS])
		return SD_RES_EIO;
	take_new(taken, is_sparse(at), content);
	if (fits(&r->m, at % DISKS, nr_taken(taken)))
		return SD_RES_SUCCESS;
	r->full++;
	return SD_RES_NO_SPACE;
}

static void step_put(struct run *r, uint32_t i)
{
	struct store_key k = key(i);
	uint8_t content[SIZE];
	uint32_t at = i, result;
	struct blob *b;

	if (draw(r, 2)) {
		k.disk = 0;
		at = home_of(&r->m, i);
		at = at == NONE ? NONE : name_on(i, at);
	}
	draw_content(r, content, SIZE);
	result = put_result(r, at, content);
	b = blob_new(content, SIZE);
	assert_int_equal(store_put(r->m.store, k, b), result);
	blob_unref(b);
	if (result == SD_RES_SUCCESS)
		put_file(&r->m, at, content);
}

static void step_write(struct run *r, uint32_t i)
{
	struct model *m = &r->m;
	uint32_t offset = draw(r, 2) ? draw(r, SIZE) : draw(r, PAGES) * BLOB_PAGE;
	uint32_t len = draw(r, 2) ? draw(r, SIZE + BLOB_PAGE - offset) : SIZE - offset;
	uint32_t inside = len < SIZE - offset ? len : SIZE - offset;
	uint32_t result = SD_RES_NO_OBJ, at;
	struct store_key k = draw_key(r, i, &at);
	uint8_t data[SIZE + BLOB_PAGE];
	bool taken[PAGES + PAST];
	struct blob *b;

	draw_content(r, data, len);
	if (at != NONE) {
		uint32_t before = nr_taken(m->taken[m->file[at]]);

		memcpy(taken, m->taken[m->file[at]], sizeof(taken));
		take(taken, is_sparse(at), offset, data, len);
		result = fits(m, at % DISKS, nr_taken(taken) - before) ? SD_RES_SUCCESS
								       : SD_RES_NO_SPACE;
	}
	b = blob_new(data, len);
	assert_int_equal(store_write(m->store, k, offset, b), result);
	blob_unref(b);
	r->full += result == SD_RES_NO_SPACE;
	if (result != SD_RES_SUCCESS)
		return;
	memcpy(m->content[m->file[at]] + offset, data, inside);
	memcpy(m->taken[m->file[at]], taken, sizeof(taken));
}

static void step_delete(struct run *r, uint32_t i)
{
	uint32_t at;
	struct store_key k = draw_key(r, i, &at);

	assert_int_equal(store_delete(r->m.store, k), at != NONE);
	if (at != NONE)
		r->m.file[at] = NONE;
}

static void step_rename(struct run *r, uint32_t i, uint32_t to)
{
	struct model *m = &r->m;
	uint32_t from;
	struct store_key k = draw_key(r, i, &from);

	assert_int_equal(store_rename(m->store, k, key(to)), from != NONE);
	if (from == NONE)
		return;
	to = name_on(to, from % DISKS);
	if (m->file[from] == m->file[to])
		return;
	m->file[to] = m->file[from];
	m->file[from] = NONE;
}

static void step_link(struct run *r, uint32_t i, uint32_t to)
{
	struct model *m = &r->m;
	bool there = anywhere(m, to) != NONE;
	uint32_t from;
	struct store_key k = draw_key(r, i, &from);

	assert_int_equal(store_link(m->store, k, key(to)), there || from != NONE);
	if (there || from == NONE)
		return;
	to = name_on(to, from % DISKS);
	if (m->file[to] == NONE)
		m->file[to] = m->file[from];
}

static void step_settle(struct run *r, uint32_t i)
{
	struct model *m = &r->m;
	uint32_t from = anywhere(m, i);
	uint32_t to = from == NONE ? NONE : name_on(i, home_of(m, i));
	uint32_t result = SD_RES_SUCCESS;
	bool moved = true;

	if (from != to)
		result = put_result(r, to, m->content[m->file[from]]);
	assert_int_equal(store_settle(m->store, key(i), &moved),
			 from != NONE && result == SD_RES_SUCCESS);
	assert_int_equal(moved, from != to && result == SD_RES_SUCCESS);
	if (!moved)
		return;
	r->moved++;
	put_file(m, to, m->content[m->file[from]]);
	m->file[from] = NONE;
}

static void forget_disk(struct model *m, uint32_t disk)
{
	for (uint32_t i = disk; i < NR; i += DISKS)
		m->file[i] = NONE;
}

static void step_disk(struct run *r)
{
	struct model *m = &r->m;
	uint32_t d = draw(r, DISKS);
	uint8_t number = (uint8_t)(d + 1);

	switch (draw(r, 6)) {
	case 0:
		assert_int_equal(store_unplug(m->store, number), m->plugged[d]);
		m->plugged[d] = false;
		break;
	case 1:
		store_disk_lose(m->store, number);
		m->lost[d] = true;
		forget_disk(m, d);
		break;
	case 2:
		store_erase(m->store);
		for (d = 0; d < DISKS; d++)
			if (m->plugged[d])
				forget_disk(m, d);
		break;
	case 3:
		store_open(m->store);
		memset(m->plugged, true, sizeof(m->plugged));
		memset(m->lost, false, sizeof(m->lost));
		break;
	default:
		assert_int_equal(store_plug(m->store, number), !m->plugged[d]);
		if (!m->plugged[d])
			forget_disk(m, d);
		m->lost[d] &= m->plugged[d];
		m->plugged[d] = true;
	}
}

static void step_clone(struct run *r)
{
	struct store *clone;

	if (draw(r, 2)) {
		r->m.store = rig_restart(r->m.store);
		return;
	}
	clone = rig_copy(r->m.store);
	store_close(r->m.store);
	r->m.store = clone;
}

static void step(struct run *r)
{
	uint32_t i = draw(r, NR);
	uint32_t names = STRIPS * EPOCHS * DISKS; /* of an object */
	uint32_t k = i / names * names + draw(r, names);

	switch (draw(r, 14)) {
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
	case 11:
	case 12:
		step_settle(r, i);
		break;
	default:
		if (draw(r, 4) == 0)
			step_clone(r);
		else if (draw(r, 3) == 0)
			step_disk(r);
	}
}

/* ------------------------------------------------------------------ what must hold */

struct walk {
	const struct model *m;
	uint32_t next; /* the first name that was not met yet */
};

static void pass_absent(struct walk *w)
{
	while (w->next < NR && (w->m->file[w->next] == NONE || !w->m->plugged[w->next % DISKS]))
		w->next++;
}

static void meet(void *arg, struct store_key k)
{
	struct walk *w = arg;

	pass_absent(w);
	assert_int_equal(index_of(k), w->next);
	w->next++;
}

static void check_object(const struct model *m, uint32_t i)
{
	struct store_key any = key(i);
	struct blob *b = store_get(m->store, key(i));
	uint32_t found = anywhere(m, i);
	struct blob *expected;

	any.disk = 0;
	assert_int_equal(store_disk_of(m->store, any), found == NONE ? 0 : found % DISKS + 1);
	assert_int_equal(store_has(m->store, any), found != NONE);
	assert_int_equal(store_has(m->store, key(i)), m->file[i] != NONE);
	assert_int_equal(b != NULL, m->file[i] != NONE);
	if (!b)
		return;
	expected = blob_new(m->content[m->file[i]], SIZE);
	assert_true(blob_equal(b, expected));
	blob_unref(expected);
	blob_unref(b);
}

/* Of the thing that name i, live and on the first disk, is about. */
static void check_newest_stale(const struct model *m, uint32_t i)
{
	for (uint32_t from = 0; from < EPOCHS; from++)
		for (uint32_t to = 0; to < EPOCHS; to++) {
			uint32_t newest = 0;

			for (uint32_t e = from ? from : 1; e <= to; e++)
				if (anywhere(m, i + e * DISKS) != NONE)
					newest = e;
			assert_int_equal(
				store_newest_stale(m->store, key(i).oid, key(i).ec_index, from, to),
				newest);
		}
}

static void check_disk(const struct model *m, uint32_t disk, uint32_t nr[2])
{
	struct store_disk d;

	nr[0] = nr[1] = 0;
	for (uint32_t i = disk; i < NR; i += DISKS)
		if (m->file[i] != NONE)
			nr[key(i).stale_epoch != 0]++;
	store_disk(m->store, (uint8_t)(disk + 1), &d);
	assert_int_equal(d.plugged, m->plugged[disk]);
	assert_int_equal(d.lost, m->lost[disk]);
	assert_int_equal(d.used, used(m, disk) * BLOB_PAGE);
	assert_int_equal(d.used + d.free, ROOM * BLOB_PAGE);
	assert_int_equal(d.nr_live, nr[0]);
	assert_int_equal(d.nr_stale, nr[1]);
}

static void check(const struct model *m)
{
	struct walk w = {.m = m};
	uint32_t sum[2] = {0}, pages = 0;

	for (uint32_t i = 0; i < NR; i++) {
		check_object(m, i);
		if (i % (EPOCHS * DISKS) == 0)
			check_newest_stale(m, i);
	}
	store_each(m->store, meet, &w);
	pass_absent(&w);
	assert_int_equal(w.next, NR);
	for (uint32_t disk = 0; disk < DISKS; disk++) {
		uint32_t nr[2];

		check_disk(m, disk, nr);
		if (!m->plugged[disk])
			continue;
		sum[0] += nr[0];
		sum[1] += nr[1];
		pages += used(m, disk);
	}
	assert_int_equal(store_nr_live(m->store), sum[0]);
	assert_int_equal(store_nr_stale(m->store), sum[1]);
	assert_int_equal(store_used(m->store), pages * BLOB_PAGE);
}

static void begin(struct run *r)
{
	const struct store_disk_config disks[DISKS] = {{"/a", ROOM * BLOB_PAGE + 7},
						       {"/b", ROOM * BLOB_PAGE}};

	r->m.store = rig_store(disks, DISKS);
	memset(r->m.file, 0xff, sizeof(r->m.file));
	memset(r->m.plugged, true, sizeof(r->m.plugged));
	memset(r->m.lost, false, sizeof(r->m.lost));
}

static void random_operations_match_the_model(void **state)
{
	uint64_t before = blob_memory();
	static struct run r;

	(void)state;
	for (r.seed = 0; r.seed < 16; r.seed++) {
		begin(&r);
		for (r.step = 0; r.step < 400; r.step++) {
			r.draw = 0;
			step(&r);
			check(&r.m);
		}
		store_close(r.m.store);
	}
	assert_true(r.full > 0);
	assert_true(r.moved > 0);
	assert_int_equal(blob_memory(), before);
}

int store_model_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations_match_the_model),
	};

	return cmocka_run_group_tests_name("store against a model", tests, NULL, NULL);
}
