/* Sets of VDI ids: see vid_set.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sheep/vid_set.h"

/* Where vid is, or would be. */
static uint32_t place_of(const struct vid_set *set, uint32_t vid)
{
	uint32_t low = 0, high = set->nr;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (set->vid[middle] < vid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool vid_set_has(const struct vid_set *set, uint32_t vid)
{
	uint32_t i = place_of(set, vid);

	return i < set->nr && set->vid[i] == vid;
}

void vid_set_add(struct vid_set *set, uint32_t vid)
{
	uint32_t i = place_of(set, vid);

	assert(vid < SD_NR_VDIS);
	if (i < set->nr && set->vid[i] == vid)
		return;
	if (set->nr == set->cap) {
		set->cap = set->cap ? 2 * set->cap : 8;
		set->vid = mem_resize(set->vid, set->cap, sizeof(*set->vid));
	}
	memmove(set->vid + i + 1, set->vid + i, (set->nr - i) * sizeof(*set->vid));
	set->vid[i] = vid;
	set->nr++;
}

void vid_set_remove(struct vid_set *set, uint32_t vid)
{
	uint32_t i = place_of(set, vid);

	if (i == set->nr || set->vid[i] != vid)
		return;
	memmove(set->vid + i, set->vid + i + 1, (set->nr - i - 1) * sizeof(*set->vid));
	set->nr--;
}

void vid_set_clear(struct vid_set *set)
{
	free(set->vid);
	*set = (struct vid_set){0};
}

uint32_t vid_set_first_clear(const struct vid_set *set, uint32_t from)
{
	for (uint32_t i = place_of(set, from); i < set->nr && set->vid[i] == from; i++)
		from++;
	return from;
}

uint32_t vid_set_above(const struct vid_set *set, uint32_t vid)
{
	uint32_t i = place_of(set, vid + 1);

	return i < set->nr ? set->vid[i] : 0;
}

uint32_t vid_set_below(const struct vid_set *set, uint32_t vid)
{
	uint32_t i = place_of(set, vid);

	return i > 0 ? set->vid[i - 1] : 0;
}

struct blob *vid_set_bitmap(const struct vid_set *set)
{
	struct blob *bitmap = blob_zero(SD_VDI_BITMAP_SIZE);

	for (uint32_t i = 0; i < set->nr;) {
		uint32_t at = set->vid[i] / 8;
		uint8_t byte = 0;

		for (; i < set->nr && set->vid[i] / 8 == at; i++)
			byte |= (uint8_t)(1u << (set->vid[i] % 8));
		bitmap = blob_write(bitmap, at, &byte, 1);
	}
	return bitmap;
}
