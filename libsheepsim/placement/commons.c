#include "placement/commons_tables.h"
#include "base/mem.h"
#include "base/random.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/*
 * What is remembered at most: enough for the object lists of a thousand nodes, which each of them
 * asks for during one recovery.
 */
#define MEMO_MAX   4096u
#define MEMO_BYTES (UINT64_C(64) << 20)

struct memo {
	UT_hash_handle hh;
	uint64_t key; /* of digest, tag and number */
	struct blob *blob;
	const char *tag;
	uint64_t n;
	void *value;
	void (*release)(struct commons *c, void *value);
};

struct commons *commons_new(void)
{
	return mem_alloc(sizeof(struct commons));
}

/* Holes cost nothing. */
static uint64_t memo_cost(const struct blob *b)
{
	return blob_nr_pages(b) * BLOB_PAGE;
}

static void memo_forget(struct commons *c, struct memo *m)
{
	HASH_DEL(c->memos, m);
	c->memo_bytes -= memo_cost(m->blob);
	m->release(c, m->value);
	blob_unref(m->blob);
	free(m);
}

void commons_free(struct commons *c)
{
	while (c->memos)
		memo_forget(c, c->memos);
	members_steps_drop(c);
	for (uint32_t i = 0; i < MEMBERS_BUCKETS; i++)
		assert(LIST_EMPTY(&c->members[i]));
	free(c);
}

static struct memo *memo_find(struct commons *c, struct blob *b, const char *tag, uint64_t n,
			      uint64_t *key)
{
	struct memo *m;

	*key = random_mix(random_purpose(blob_digest(b), tag), n);
	HASH_FIND(hh, c->memos, key, sizeof(*key), m);
	return m;
}

void *commons_memo_get(struct commons *c, struct blob *b, const char *tag, uint64_t n)
{
	uint64_t key;
	struct memo *m = memo_find(c, b, tag, n, &key);

	/* two contents may have one digest: then only the last one is remembered */
	if (!m || m->n != n || strcmp(m->tag, tag) != 0 || !blob_equal(m->blob, b))
		return NULL;
	return m->value;
}

void commons_memo_put(struct commons *c, struct blob *b, const char *tag, uint64_t n, void *value,
		      void (*release)(struct commons *c, void *value))
{
	uint64_t key;
	struct memo *m = memo_find(c, b, tag, n, &key);

	if (m)
		memo_forget(c, m);
	m = mem_alloc(sizeof(*m));
	m->key = key;
	m->blob = blob_ref(b);
	m->tag = tag;
	m->n = n;
	m->value = value;
	m->release = release;
	HASH_ADD(hh, c->memos, key, sizeof(m->key), m);
	c->memo_bytes += memo_cost(b);
	while (c->memos != m && (HASH_COUNT(c->memos) > MEMO_MAX || c->memo_bytes > MEMO_BYTES))
		memo_forget(c, c->memos);
}
