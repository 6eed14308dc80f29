/*
 * Random sequences of operations on a handful of blobs that share pages with each other, against
 * plain byte arrays: after each step every blob must still be what its array says.
 */
#include "tests.h"
#include "base/blob.h"
#include "base/mem.h"
#include "base/random.h"

#include <stdlib.h>
#include <string.h>
#include <nettle/sha1.h>

#define NR	  6u
#define SIZE_MAX_ (9 * BLOB_PAGE + 77)

struct model {
	struct blob *blob;
	uint8_t *bytes;
	uint64_t size;
};

struct run {
	struct model m[NR];
	uint64_t seed;
	uint64_t step;
	uint64_t draw;
};

static uint64_t draw(struct run *r, uint64_t limit)
{
	return random_below(limit, r->seed, "blob model", r->step, r->draw++, 0);
}

/* A place: at a boundary of pages, beside one, or anywhere; 0..max. */
static uint64_t draw_place(struct run *r, uint64_t max)
{
	uint64_t at = draw(r, max + 1);

	switch (draw(r, 4)) {
	case 0:
		return at;
	case 1:
		at = at / BLOB_PAGE * BLOB_PAGE + draw(r, 3);
		return at > 0 && at - 1 <= max ? at - 1 : 0;
	default:
		return at / BLOB_PAGE * BLOB_PAGE;
	}
}

/* Bytes to write: runs of zeros and of others, so that pages become zero and stop being it. */
static void draw_bytes(struct run *r, uint8_t *out, uint64_t len)
{
	uint64_t done = 0;

	while (done < len) {
		uint64_t n = draw(r, 2 * BLOB_PAGE) + 1;
		bool zero = draw(r, 2) == 0;

		n = n < len - done ? n : len - done;
		memset(out + done, zero ? 0 : (int)draw(r, 255) + 1, n);
		done += n;
	}
}

static void replace(struct model *m, struct blob *b, const uint8_t *bytes, uint64_t size)
{
	uint8_t *copy = mem_alloc(size);

	if (size)
		memcpy(copy, bytes, size);
	free(m->bytes);
	blob_unref(m->blob);
	*m = (struct model){.blob = b, .bytes = copy, .size = size};
}

static void step_new(struct run *r, struct model *m)
{
	uint64_t size = draw_place(r, SIZE_MAX_);
	uint8_t *bytes = mem_alloc(size);

	draw_bytes(r, bytes, size);
	replace(m, blob_new(bytes, size), bytes, size);
	free(bytes);
}

static void step_write(struct run *r, struct model *m)
{
	uint64_t offset = draw_place(r, m->size + 2 * BLOB_PAGE);
	uint64_t len = draw_place(r, 3 * BLOB_PAGE);
	uint64_t inside = offset < m->size ? m->size - offset : 0;
	uint8_t *bytes = mem_alloc(len);

	draw_bytes(r, bytes, len);
	inside = inside < len ? inside : len;
	if (inside)
		memcpy(m->bytes + offset, bytes, inside);
	m->blob = blob_write(m->blob, offset, bytes, len);
	free(bytes);
}

static void step_overlay(struct run *r, struct model *m, struct model *patch)
{
	uint64_t offset = draw_place(r, m->size + BLOB_PAGE);
	uint64_t inside = offset < m->size ? m->size - offset : 0;
	struct blob *p = blob_ref(patch->blob);

	inside = inside < patch->size ? inside : patch->size;
	if (inside)
		memmove(m->bytes + offset, patch->bytes, inside);
	m->blob = blob_overlay(m->blob, offset, p);
	blob_unref(p);
}

static void step_slice(struct run *r, struct model *m, struct model *from)
{
	uint64_t offset = draw_place(r, from->size + BLOB_PAGE);
	uint64_t len = draw(r, 8) ? draw_place(r, SIZE_MAX_) : from->size;
	uint64_t inside = offset < from->size ? from->size - offset : 0;
	uint8_t *bytes = mem_alloc(len);

	inside = inside < len ? inside : len;
	if (inside)
		memcpy(bytes, from->bytes + offset, inside);
	replace(m, blob_slice(from->blob, offset, len), bytes, len);
	free(bytes);
}

static void step_resize(struct run *r, struct model *m)
{
	uint64_t size = draw_place(r, SIZE_MAX_);
	uint8_t *bytes = mem_alloc(size);

	if (size && m->size)
		memcpy(bytes, m->bytes, size < m->size ? size : m->size);
	free(m->bytes);
	m->bytes = bytes;
	m->size = size;
	m->blob = blob_resize(m->blob, size);
}

static void step(struct run *r)
{
	struct model *m = &r->m[draw(r, NR)];
	struct model *other = &r->m[draw(r, NR)];

	switch (draw(r, 8)) {
	case 0:
		step_new(r, m);
		break;
	case 1:
	case 2:
		step_write(r, m);
		break;
	case 3:
	case 4:
		step_overlay(r, m, other);
		break;
	case 5:
		step_slice(r, m, other);
		break;
	case 6:
		step_resize(r, m);
		break;
	default:
		replace(m, blob_ref(other->blob), other->bytes, other->size);
	}
}

/* Stored pages are exactly those that are not zeros. */
static void check_pages(const struct model *m)
{
	uint64_t offset = 0;
	uint64_t next = 0;
	const uint8_t *page;

	for (; blob_next_page(m->blob, &offset, &page); offset += BLOB_PAGE) {
		uint64_t n = m->size - offset < BLOB_PAGE ? m->size - offset : BLOB_PAGE;

		assert_memory_equal(page, m->bytes + offset, n);
		for (uint64_t i = n; i < BLOB_PAGE; i++)
			assert_int_equal(page[i], 0);
		for (; next < offset; next++)
			assert_int_equal(m->bytes[next], 0);
		for (next = offset; next < offset + n && m->bytes[next] == 0;)
			next++;
		assert_true(next < offset + n);
		next = offset + n;
	}
	for (; next < m->size; next++)
		assert_int_equal(m->bytes[next], 0);
}

static void check_digests(const struct model *m)
{
	struct blob *same = blob_new(m->bytes, m->size);
	uint8_t expected[BLOB_SHA1_LEN];
	uint8_t got[BLOB_SHA1_LEN];
	struct sha1_ctx ctx;

	sha1_init(&ctx);
	sha1_update(&ctx, m->size, m->bytes);
	sha1_digest(&ctx, sizeof(expected), expected);
	blob_sha1(m->blob, got);
	assert_memory_equal(got, expected, sizeof(got));
	assert_true(blob_equal(m->blob, same));
	assert_int_equal(blob_digest(m->blob), blob_digest(same));
	if (m->size) {
		uint8_t byte = m->bytes[m->size / 2] ^ 1;

		same = blob_write(same, m->size / 2, &byte, 1);
		assert_false(blob_equal(m->blob, same));
		assert_int_not_equal(blob_digest(m->blob), blob_digest(same));
	}
	blob_unref(same);
}

static void check(struct run *r, const struct model *m)
{
	uint8_t *bytes = mem_alloc(SIZE_MAX_ + BLOB_PAGE);
	uint64_t offset = draw_place(r, m->size + BLOB_PAGE);
	uint64_t len = draw_place(r, 2 * BLOB_PAGE);
	bool zero = true;

	assert_int_equal(blob_size(m->blob), m->size);
	memset(bytes, 0xaa, m->size);
	blob_read(m->blob, 0, bytes, m->size);
	assert_memory_equal(bytes, m->bytes, m->size);
	memset(bytes, 0xaa, len);
	blob_read(m->blob, offset, bytes, len);
	for (uint64_t i = 0; i < len; i++) {
		uint8_t byte = offset + i < m->size ? m->bytes[offset + i] : 0;

		assert_int_equal(bytes[i], byte);
		zero = zero && byte == 0;
	}
	assert_int_equal(blob_is_zero(m->blob, offset, len), zero);
	free(bytes);
}

static void random_operations_match_a_byte_array(void **state)
{
	uint64_t before = blob_memory();

	(void)state;
	for (uint64_t seed = 0; seed < 12; seed++) {
		struct run r = {.seed = seed};

		for (uint32_t i = 0; i < NR; i++)
			replace(&r.m[i], blob_zero(0), NULL, 0);
		for (r.step = 0; r.step < 250; r.step++) {
			r.draw = 0;
			step(&r);
			for (uint32_t i = 0; i < NR; i++)
				check(&r, &r.m[i]);
			check_pages(&r.m[r.step % NR]);
			check_digests(&r.m[r.step % NR]);
		}
		for (uint32_t i = 0; i < NR; i++) {
			blob_unref(r.m[i].blob);
			free(r.m[i].bytes);
		}
	}
	assert_int_equal(blob_memory(), before);
}

int blob_model_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations_match_a_byte_array),
	};

	return cmocka_run_group_tests_name("blob against a model", tests, NULL, NULL);
}
