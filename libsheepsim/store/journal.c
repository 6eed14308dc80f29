/* What is in the two files of a node's journal (R713). */
#include "store/inside.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

#define SECTOR 512u /* an entry has one that tells what it is, and data in whole ones */

uint64_t store_journal_size_of(const struct journal_entry *e)
{
	return SECTOR + (blob_size(e->data) + SECTOR - 1) / SECTOR * SECTOR;
}

uint64_t store_journal_bytes(const struct store *s, uint32_t file)
{
	assert(file < STORE_JOURNALS);
	return s->journals[file].bytes;
}

uint32_t store_journal_entries(const struct store *s, uint32_t file)
{
	assert(file < STORE_JOURNALS);
	return s->journals[file].nr;
}

void journal_file_add(struct store *s, uint32_t file, uint64_t serial,
		      const struct journal_entry *e)
{
	struct journal_file *j = &s->journals[file];

	j->entry = mem_grow(j->entry, j->nr, sizeof(*j->entry));
	j->entry[j->nr] = *e;
	if (e->data)
		blob_ref(e->data);
	if (j->nr == 0)
		j->serial = serial;
	j->nr++;
	j->bytes += store_journal_size_of(e);
	if (serial >= s->journal_serial)
		s->journal_serial = serial + 1;
}

void store_journal_append(struct store *s, uint32_t file, const struct journal_entry *e)
{
	uint64_t serial = s->journal_serial;

	assert(file < STORE_JOURNALS);
	journal_file_add(s, file, serial, e);
	TELL(s, journaled, file, serial, e);
}

uint32_t store_journal_older(const struct store *s)
{
	const struct journal_file *j = s->journals;

	if (j[0].nr == 0 || j[1].nr == 0)
		return j[0].nr == 0 && j[1].nr > 0;
	return j[1].serial < j[0].serial;
}

void store_journal_each(struct store *s, uint32_t file,
			bool (*fn)(void *arg, const struct journal_entry *e), void *arg)
{
	assert(file < STORE_JOURNALS);
	for (uint32_t i = 0; i < s->journals[file].nr; i++) {
		if (!fn(arg, &s->journals[file].entry[i]))
			return;
	}
}

void journal_file_free(struct store *s, uint32_t file)
{
	struct journal_file *j = &s->journals[file];

	for (uint32_t i = 0; i < j->nr; i++)
		blob_unref(j->entry[i].data);
	free(j->entry);
	*j = (struct journal_file){0};
}

void store_journal_clear(struct store *s, uint32_t file)
{
	assert(file < STORE_JOURNALS);
	if (s->journals[file].nr == 0)
		return;
	TELL(s, journal_gone, file);
	journal_file_free(s, file);
}
