/* Going through all VDIs. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client/dog/internal.h"
#include "client/vdi_op.h"

static void drop_deleted(struct dog_listing *l, const struct blob *bitmap)
{
	uint8_t *deleted = mem_alloc(SD_VDI_BITMAP_SIZE);

	blob_read(bitmap, 0, deleted, SD_VDI_BITMAP_SIZE);
	for (uint32_t i = 0; i < SD_VDI_BITMAP_SIZE; i++)
		l->in_use[i] &= (uint8_t)~deleted[i];
	free(deleted);
}

/* The next vid that is in use; false: none is left. */
static bool next_vid(struct dog *d)
{
	struct dog_listing *l = d->listing;

	while (l->next < SD_NR_VDIS) {
		uint32_t vid = l->next++;

		if (vid % 8 == 0 && !l->in_use[vid / 8]) {
			l->next += 7;
		} else if (l->in_use[vid / 8] & 1u << vid % 8) {
			d->vdi.vid = vid;
			return true;
		}
	}
	return false;
}

/* Bytes of the index that belong to the VDI: of a flat one its entries, of a B-tree its root. */
static uint64_t index_len(const struct dog_vdi *v)
{
	struct btree_head root;

	if (v->head.store_policy == SD_STORE_POLICY_FLAT)
		return 4 * (uint64_t)dog_nr_objects(&v->head);
	if (btree_head_decode(v->inode, INODE_DATA_VIDS, &root, NULL) < 0)
		return BTREE_HEAD;
	if (root.depth != 1)
		return BTREE_HEAD + (uint64_t)root.entries * BTREE_INDIRECT;
	return BTREE_HEAD + (uint64_t)root.entries * BTREE_ENTRY;
}

static void join_index(struct dog *d)
{
	struct blob *b = blob_resize(blob_ref(d->vdi.inode), INODE_DATA_VIDS + index_len(&d->vdi));

	if (d->data)
		b = blob_overlay(b, INODE_DATA_VIDS, d->data);
	blob_unref(d->vdi.inode);
	d->vdi.inode = b;
}

static bool is_wanted(struct dog *d)
{
	return !d->listing->wanted || d->listing->wanted(d);
}

void dog_begin_list(struct dog *d, bool with_index, dog_fn visit)
{
	d->listing = mem_alloc(sizeof(*d->listing));
	d->listing->with_index = with_index;
	d->listing->visit = visit;
}

enum dog_next dog_list(struct dog *d)
{
	DOG_BEGIN(d);
	dog_ask(d, SD_OP_READ_VDIS, SD_VDI_BITMAP_SIZE);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS || blob_size(d->data) != SD_VDI_BITMAP_SIZE)
		return DOG_ENDS;
	d->listing->in_use = mem_alloc(SD_VDI_BITMAP_SIZE);
	blob_read(d->data, 0, d->listing->in_use, SD_VDI_BITMAP_SIZE);
	dog_ask(d, SD_OP_READ_DEL_VDIS, SD_VDI_BITMAP_SIZE);
	DOG_AWAIT(d);
	if (d->result == SD_RES_SUCCESS)
		drop_deleted(d->listing, d->data);
	d->listing->next = 1;
	while (next_vid(d)) {
		dog_ask_read(d, SD_FLAG_CMD_DIRECT, sd_vid_to_inode_oid(d->vdi.vid), 0,
			     LIST_HEAD_LEN);
		DOG_AWAIT(d);
		if (d->result != SD_RES_SUCCESS || !dog_take_head(d, &d->vdi)) {
			dog_say(d, "Failed to read object %016llx %s\n",
				(unsigned long long)sd_vid_to_inode_oid(d->vdi.vid),
				dog_result(d->result));
			dog_say(d, "Failed to read inode header\n");
			continue;
		}
		if (!d->vdi.head.name[0] || !is_wanted(d))
			continue; /* a deletion that no node has seen */
		if (d->listing->with_index) {
			dog_ask_read(d, SD_FLAG_CMD_DIRECT, sd_vid_to_inode_oid(d->vdi.vid),
				     INODE_DATA_VIDS, index_len(&d->vdi));
			DOG_AWAIT(d);
			if (d->result != SD_RES_SUCCESS)
				continue;
			join_index(d);
		}
		if (d->listing->visit)
			DOG_CALL(d, d->listing->visit);
	}
	d->result = SD_RES_SUCCESS;
	DOG_END(d);
}
