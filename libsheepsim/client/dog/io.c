/* dog vdi read, vdi write. */
#include <stdlib.h>
#include <string.h>

#include "client/dog/internal.h"

/* The arguments behind the name: offset and length, cut at the end of the VDI. False: said. */
static bool take_range(struct dog *d, const char *what)
{
	uint64_t size = d->vdi.head.vdi_size;

	if ((d->nr_words > 1 && !dog_parse_size(d->words[1], &d->offset)) ||
	    (d->nr_words > 2 && !dog_parse_size(d->words[2], &d->length))) {
		dog_usage(d);
		dog_stop(d, DOG_USAGE);
		return false;
	}
	if (d->offset > size) {
		dog_say(d, "%s offset is beyond the end of the VDI\n", what);
		dog_stop(d, DOG_FAILED);
		return false;
	}
	if (d->nr_words < 3 || d->length > size - d->offset)
		d->length = size - d->offset;
	return true;
}

/* The part that lies in one object: its index, where it begins in there, how long it is. */
static uint64_t part(const struct dog *d, uint64_t *offset)
{
	uint64_t size = dog_object_size(&d->vdi.head);
	uint64_t rest = d->length - d->done;

	*offset = (d->offset + d->done) % size;
	return rest < size - *offset ? rest : size - *offset;
}

static uint32_t part_index(const struct dog *d)
{
	return (uint32_t)((d->offset + d->done) / dog_object_size(&d->vdi.head));
}

/* ------------------------------------------------------------------ read */

enum dog_next dog_vdi_read(struct dog *d)
{
	uint64_t offset, len;

	DOG_BEGIN(d);
	dog_take_name(d);
	DOG_CALL(d, dog_read_vdi);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	if (!take_range(d, "Read"))
		return DOG_STOPS;
	while (d->done < d->length) {
		len = part(d, &offset);
		d->n = dog_owner(&d->vdi, part_index(d));
		if (d->n == 0) {
			dog_put(d, blob_zero(len));
			d->done += len;
			continue;
		}
		dog_ask_read(d, 0, sd_vid_to_data_oid(d->n, part_index(d)), offset, len);
		DOG_AWAIT(d);
		if (d->result != SD_RES_SUCCESS) {
			dog_say(d, "Failed to read VDI: %s\n", dog_result(d->result));
			return dog_stop(d, DOG_FAILED);
		}
		dog_put(d, blob_ref(d->data));
		d->done += blob_size(d->data);
	}
	DOG_END(d);
}

/* ------------------------------------------------------------------ write */

/* The entry of object i of the index becomes the VDI's own. */
static void ask_entry(struct dog *d, uint32_t i, uint16_t flags)
{
	uint8_t entry[4];

	put_le32(entry, d->vdi.vid);
	d->vdi.inode =
		blob_write(d->vdi.inode, INODE_DATA_VIDS + 4 * (uint64_t)i, entry, sizeof(entry));
	dog_ask_write(d, &d->vdi, SD_OP_WRITE_OBJ, flags, sd_vid_to_inode_oid(d->vdi.vid),
		      INODE_DATA_VIDS + 4 * (uint64_t)i, blob_new(entry, sizeof(entry)));
}

/* The same of a B-tree that is no deeper than its root: entries in order. */
static void set_leaf(struct dog *d, uint32_t i)
{
	struct btree_entry e = {.idx = i, .vdi_id = d->vdi.vid}, old;
	struct btree_head root;
	uint8_t bytes[BTREE_ENTRY];
	uint32_t at = 0;

	if (btree_head_decode(d->vdi.inode, INODE_DATA_VIDS, &root, NULL) < 0)
		return;
	while (at < root.entries && btree_entry_at(d->vdi.inode, INODE_DATA_VIDS, at).idx < i)
		at++;
	for (; at <= root.entries; at++) {
		old = at < root.entries ? btree_entry_at(d->vdi.inode, INODE_DATA_VIDS, at)
					: (struct btree_entry){0};
		btree_entry_encode(&e, bytes);
		d->vdi.inode = blob_write(d->vdi.inode,
					  INODE_DATA_VIDS + BTREE_HEAD + at * (uint64_t)BTREE_ENTRY,
					  bytes, sizeof(bytes));
		e = old;
	}
	root.entries++;
	btree_head_encode(&root, bytes);
	d->vdi.inode = blob_write(d->vdi.inode, INODE_DATA_VIDS, bytes, BTREE_HEAD);
	d->m = INODE_DATA_VIDS + BTREE_HEAD + root.entries * BTREE_ENTRY;
}

/* dog writes the inode's front with the root, then the number of the next B-tree node. */
static enum dog_next write_leaf(struct dog *d)
{
	uint8_t counter[4];

	DOG_BEGIN(d);
	set_leaf(d, part_index(d));
	dog_ask_write(d, &d->vdi, SD_OP_WRITE_OBJ, 0, sd_vid_to_inode_oid(d->vdi.vid), 0,
		      blob_slice(d->vdi.inode, 0, d->m));
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return DOG_ENDS;
	put_le32(counter, d->vdi.head.btree_counter);
	dog_ask_write(d, &d->vdi, SD_OP_WRITE_OBJ, 0, sd_vid_to_inode_oid(d->vdi.vid),
		      offsetof(struct sd_inode_header, btree_counter),
		      blob_new(counter, sizeof(counter)));
	DOG_AWAIT(d);
	DOG_END(d);
}

/* The part's data. An object that is not the VDI's own is created, as a copy if it has another
 * owner: d->n is that. */
static void ask_part(struct dog *d, uint16_t flags)
{
	uint64_t offset, len = part(d, &offset);
	uint32_t i = part_index(d);
	uint64_t oid = sd_vid_to_data_oid(d->vdi.vid, i);
	uint8_t opcode = d->n == d->vdi.vid ? SD_OP_WRITE_OBJ : SD_OP_CREATE_AND_WRITE_OBJ;

	if (d->n && d->n != d->vdi.vid)
		flags |= SD_FLAG_CMD_COW;
	request_object(&d->x.req, opcode, SD_FLAG_CMD_WRITE | flags, oid, offset, len);
	d->x.req.proto_ver = SD_PROTO_VER;
	d->x.req.obj.copies = d->vdi.head.nr_copies;
	d->x.req.obj.copy_policy = d->vdi.head.copy_policy;
	if (flags & SD_FLAG_CMD_COW)
		d->x.req.obj.cow_oid = sd_vid_to_data_oid(d->n, i);
	dog_send(d, NULL, blob_slice(d->input, d->done, len));
}

enum dog_next dog_write_range(struct dog *d)
{
	uint16_t flags = d->o.force	  ? SD_FLAG_CMD_DIRECT /* restoring, it writes directly */
			 : d->o.writeback ? SD_FLAG_CMD_CACHE
					  : 0;
	uint64_t offset;

	DOG_BEGIN(d);
	while (d->done < d->length) {
		d->n = dog_owner(&d->vdi, part_index(d));
		ask_part(d, flags);
		DOG_AWAIT(d);
		if (d->result != SD_RES_SUCCESS) {
			dog_say(d, "Failed to write object %016llx: %s\n",
				(unsigned long long)sd_vid_to_data_oid(d->vdi.vid, part_index(d)),
				dog_result(d->result));
			return DOG_ENDS;
		}
		if (d->n != d->vdi.vid && d->vdi.head.store_policy == SD_STORE_POLICY_FLAT) {
			ask_entry(d, part_index(d), flags);
			DOG_AWAIT(d);
		} else if (d->n != d->vdi.vid) {
			DOG_CALL(d, write_leaf);
		}
		if (d->result != SD_RES_SUCCESS)
			return DOG_ENDS;
		d->done += part(d, &offset);
	}
	d->result = SD_RES_SUCCESS;
	DOG_END(d);
}

/* An input that ends before the range does is filled up with zeros to the end of the object. */
static void cut_to_input(struct dog *d)
{
	uint64_t size = dog_object_size(&d->vdi.head);
	uint64_t end = (d->offset + blob_size(d->input) + size - 1) / size * size - d->offset;

	if (d->length > end)
		d->length = end;
	d->input = blob_resize(d->input ? d->input : blob_zero(0), d->length);
}

enum dog_next dog_vdi_write(struct dog *d)
{
	DOG_BEGIN(d);
	dog_take_name(d);
	DOG_CALL(d, dog_read_vdi);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	if (!take_range(d, "Write"))
		return DOG_STOPS;
	cut_to_input(d);
	d->done = 0;
	DOG_CALL(d, dog_write_range);
	if (d->result != SD_RES_SUCCESS) {
		dog_say(d, "Failed to write VDI\n");
		return dog_stop(d, DOG_FAILED);
	}
	DOG_END(d);
}
