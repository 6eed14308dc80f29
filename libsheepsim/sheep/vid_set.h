/*
 * A set of VDI ids: what sheepdog keeps as a bitmap of 2 MiB. Sorted numbers instead, so that a
 * thousand nodes with some hundred VDIs each cost kilobytes; the bitmap is made when it is asked
 * for.
 */
#ifndef SHEEPSIM_SHEEP_VID_SET_H
#define SHEEPSIM_SHEEP_VID_SET_H

#include <sheepsim/wire/frontend.h>

#include "base/blob.h"

struct vid_set {
	uint32_t *vid; /* ascending */
	uint32_t nr, cap;
};

bool vid_set_has(const struct vid_set *set, uint32_t vid);
void vid_set_add(struct vid_set *set, uint32_t vid);
void vid_set_remove(struct vid_set *set, uint32_t vid);
void vid_set_clear(struct vid_set *set);

/* The first vid from `from` on that is not in the set; SD_NR_VDIS if there is none. */
uint32_t vid_set_first_clear(const struct vid_set *set, uint32_t from);

/* The member next above / below a vid; 0: there is none. */
uint32_t vid_set_above(const struct vid_set *set, uint32_t vid);
uint32_t vid_set_below(const struct vid_set *set, uint32_t vid);

/* The bitmap as it is sent (READ_VDIS): SD_VDI_BITMAP_SIZE bytes, a new reference. */
struct blob *vid_set_bitmap(const struct vid_set *set);

#endif
