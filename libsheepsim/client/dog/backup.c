/*
 * dog vdi backup, vdi restore. What a backup looks like inside is this project's: a header of 8
 * bytes, then for each run of bytes that differs its object, offset and length, and the bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "client/dog/internal.h"

#define MAGIC	 "SsBackup"
#define HEAD	 8u
#define RUN_HEAD 16u
#define BLOCK	 512u
#define NO_MORE	 UINT32_MAX

/* ------------------------------------------------------------------ backup */

static void put_run(struct dog *d, uint32_t index, uint32_t offset, struct blob *bytes)
{
	uint8_t head[RUN_HEAD] = {0};

	put_le32(head, index);
	put_le32(head + 4, offset);
	put_le32(head + 8, (uint32_t)blob_size(bytes));
	dog_put(d, blob_new(head, sizeof(head)));
	if (bytes)
		dog_put(d, bytes);
}

/* The part of object d->i from the first block that differs to the last one. */
static void put_difference(struct dog *d, const struct blob *from, struct blob *to)
{
	uint64_t size = dog_object_size(&d->vdi.head), first = size, end = 0;
	uint8_t a[BLOCK], b[BLOCK];

	for (uint64_t at = 0; at < size; at += BLOCK) {
		blob_read(from, at, a, sizeof(a));
		blob_read(to, at, b, sizeof(b));
		if (memcmp(a, b, sizeof(a)) == 0)
			continue;
		if (first == size)
			first = at;
		end = at + BLOCK;
	}
	if (first < end)
		put_run(d, d->i, (uint32_t)first, blob_slice(to, first, end - first));
}

enum dog_next dog_vdi_backup(struct dog *d)
{
	DOG_BEGIN(d);
	if (!d->o.snapshot) {
		dog_usage(d);
		dog_say(d, "Please specify snapshot with '-s' option\n");
		return dog_stop(d, DOG_USAGE);
	}
	DOG_CALL(d, dog_prelude);
	dog_take_name(d);
	if (d->o.from_tag[0] || d->o.from_snapid) {
		memcpy(d->vdi.name.tag, d->o.from_tag, sizeof(d->vdi.name.tag));
		d->vdi.name.snapid = d->o.from_snapid;
		DOG_CALL(d, dog_read_vdi);
		if (d->result != SD_RES_SUCCESS)
			return dog_stop(d, DOG_FAILED);
		d->other = d->vdi;
		d->vdi = (struct dog_vdi){0};
		dog_take_name(d);
	}
	DOG_CALL(d, dog_read_vdi);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	dog_put(d, blob_new(MAGIC, HEAD));
	for (d->i = 0; d->i < dog_nr_objects(&d->vdi.head); d->i++) {
		d->n = d->other.inode ? dog_owner(&d->other, d->i) : 0;
		if (d->n) {
			dog_ask_read(d, SD_FLAG_CMD_DIRECT, sd_vid_to_data_oid(d->n, d->i), 0,
				     dog_object_size(&d->vdi.head));
			DOG_AWAIT(d);
			if (d->result != SD_RES_SUCCESS)
				return dog_stop(d, DOG_FAILED);
			d->bytes = d->data ? blob_ref(d->data) : NULL;
		}
		d->m = dog_owner(&d->vdi, d->i);
		if (d->m) {
			dog_ask_read(d, SD_FLAG_CMD_DIRECT, sd_vid_to_data_oid(d->m, d->i), 0,
				     dog_object_size(&d->vdi.head));
			DOG_AWAIT(d);
			if (d->result != SD_RES_SUCCESS)
				return dog_stop(d, DOG_FAILED);
			put_difference(d, d->bytes, d->data);
		}
		blob_unref(d->bytes);
		d->bytes = NULL;
	}
	put_run(d, NO_MORE, 0, NULL);
	DOG_END(d);
}

/* ------------------------------------------------------------------ restore */

static bool is_backup(const struct blob *b)
{
	char magic[HEAD];

	blob_read(b, 0, magic, sizeof(magic));
	return memcmp(magic, MAGIC, sizeof(magic)) == 0;
}

/* Takes the next run of the backup, which d->at is at: the bytes to write. False: the end. */
static bool take_run(struct dog *d, struct blob *backup)
{
	uint8_t head[RUN_HEAD];
	uint32_t index, len;

	if (d->at + sizeof(head) > blob_size(backup))
		return false;
	blob_read(backup, d->at, head, sizeof(head));
	index = get_le32(head);
	len = get_le32(head + 8);
	if (index == NO_MORE || len > blob_size(backup) - d->at - sizeof(head) ||
	    index >= dog_nr_objects(&d->vdi.head))
		return false;
	d->offset = index * dog_object_size(&d->vdi.head) + get_le32(head + 4);
	d->length = len;
	d->done = 0;
	blob_unref(d->input);
	d->input = blob_slice(backup, d->at + sizeof(head), len);
	d->at += (uint32_t)sizeof(head) + len;
	return true;
}

static void ask_derived(struct dog *d, uint32_t base, uint32_t snapid)
{
	struct req q = {0};

	q.vdi.vdi_size = d->vdi.head.vdi_size;
	q.vdi.copies = d->vdi.head.nr_copies;
	q.vdi.copy_policy = d->vdi.head.copy_policy;
	q.vdi.block_size_shift = d->vdi.head.block_size_shift;
	q.vdi.base_vdi_id = base;
	q.vdi.snapid = snapid;
	dog_ask_new(d, &q, d->words[0]);
}

/* The snapshot that the backup is on top of, then the working VDI and the snapshot that it is of:
 * d->m. */
static enum dog_next restore_look(struct dog *d)
{
	DOG_BEGIN(d);
	DOG_CALL(d, dog_read_vdi);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	memset(d->vdi.name.tag, 0, sizeof(d->vdi.name.tag));
	d->vdi.name.snapid = 0;
	DOG_CALL(d, dog_read_header);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	d->m = d->vdi.head.parent_vdi_id;
	dog_ask_read(d, SD_FLAG_CMD_DIRECT, sd_vid_to_inode_oid(d->m), 0, INODE_HEAD);
	DOG_AWAIT(d);
	DOG_END(d);
}

enum dog_next dog_vdi_restore(struct dog *d)
{
	DOG_BEGIN(d);
	if (!d->o.snapshot || !is_backup(d->input)) {
		dog_usage(d);
		dog_say(d, !d->o.snapshot ? "We can restore a VDI only to its snapshot\n"
					  : "The backup file is corrupted\n");
		return dog_stop(d, DOG_USAGE);
	}
	dog_take_name(d);
	DOG_CALL(d, dog_prelude);
	d->bytes = blob_ref(d->input);
	DOG_CALL(d, restore_look);
	DOG_CALL(d, dog_replace_working);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	dog_take_name(d);
	DOG_CALL(d, dog_read_vdi);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	ask_derived(d, d->vdi.vid, 0);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	d->vdi.vid = d->rsp.vdi.vdi_id;
	d->o.force = true; /* dog_write_range(): directly */
	d->at = HEAD;
	while (take_run(d, d->bytes)) {
		DOG_CALL(d, dog_write_range);
		if (d->result != SD_RES_SUCCESS)
			return dog_stop(d, DOG_FAILED);
	}
	/* what was restored becomes a snapshot, and the VDI goes on as it was */
	ask_derived(d, d->m, 1);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	DOG_END(d);
}
