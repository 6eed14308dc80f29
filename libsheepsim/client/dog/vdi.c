/* dog vdi create, delete, snapshot, clone, rollback, resize, alter-copy, lock unlock. */
#include <stdlib.h>
#include <string.h>

#include "client/dog/internal.h"

#define LARGEST (UINT64_C(4) << 40) /* bytes of a flat VDI with objects of the usual size */

struct req dog_like(const struct inode_head *h)
{
	struct req q = {0};

	q.vdi.vdi_size = h->vdi_size;
	q.vdi.copies = h->nr_copies;
	q.vdi.copy_policy = h->copy_policy;
	q.vdi.store_policy = h->store_policy;
	q.vdi.block_size_shift = h->block_size_shift;
	return q;
}

static enum dog_next create_failed(struct dog *d, const char *name)
{
	dog_say(d, "Failed to create VDI %s: %s\n", name, dog_result(d->result));
	return dog_stop(d, DOG_FAILED);
}

/* ------------------------------------------------------------------ create */

static void set_entry(struct dog *d, uint32_t i)
{
	uint8_t entry[4];

	put_le32(entry, d->vdi.vid);
	dog_ask_write(d, &d->vdi, SD_OP_WRITE_OBJ, SD_FLAG_CMD_DIRECT,
		      sd_vid_to_inode_oid(d->vdi.vid), INODE_DATA_VIDS + 4 * (uint64_t)i,
		      blob_new(entry, sizeof(entry)));
}

/* -P: all objects, empty. */
static enum dog_next preallocate(struct dog *d)
{
	DOG_BEGIN(d);
	dog_ask_read(d, SD_FLAG_CMD_DIRECT, sd_vid_to_inode_oid(d->vdi.vid), 0, dog_inode_size(d));
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS || !dog_take_head(d, &d->vdi))
		return dog_stop(d, DOG_FAILED);
	for (d->i = 0; d->i < dog_nr_objects(&d->vdi.head); d->i++) {
		dog_ask_write(d, &d->vdi, SD_OP_CREATE_AND_WRITE_OBJ, SD_FLAG_CMD_DIRECT,
			      sd_vid_to_data_oid(d->vdi.vid, d->i), 0, NULL);
		DOG_AWAIT(d);
		if (d->result != SD_RES_SUCCESS)
			return dog_stop(d, DOG_FAILED);
		set_entry(d, d->i);
		DOG_AWAIT(d);
		if (d->result != SD_RES_SUCCESS)
			return dog_stop(d, DOG_FAILED);
	}
	DOG_END(d);
}

/* The cluster's own size of objects decides how large a VDI may be. False: it is too large. */
static bool fits(struct dog *d, uint64_t size)
{
	struct cluster_info info;

	dog_take_info(d, &info);
	if (info.ctime == 0) {
		d->result = SD_RES_WAIT_FOR_FORMAT;
		return false;
	}
	if (dialect_info(d->dialect)->fixed_shift)
		info.block_size_shift = SD_DEFAULT_BLOCK_SIZE_SHIFT;
	return size <= LARGEST >> 22 << info.block_size_shift;
}

static enum dog_next too_large(struct dog *d)
{
	if (d->result == SD_RES_WAIT_FOR_FORMAT)
		return create_failed(d, d->words[0]);
	dog_usage(d);
	dog_say(d, "VDI size is larger than 4.0 TB bytes, please use '-y' to create a hyper volume "
		   "with size up to 16 PB bytes or use '-z' to create larger object size volume\n");
	return dog_stop(d, DOG_USAGE);
}

enum dog_next dog_vdi_create(struct dog *d)
{
	struct req q = {0};

	DOG_BEGIN(d);
	if (!dog_parse_size(d->words[1], &d->length)) {
		dog_usage(d);
		return dog_stop(d, DOG_USAGE);
	}
	DOG_CALL(d, dog_prelude);
	if (!d->o.shift && !d->o.hyper && dialect_has_op(d->dialect, SD_OP_CLUSTER_INFO)) {
		dog_ask(d, SD_OP_CLUSTER_INFO, CLUSTER_INFO_SIZE);
		DOG_AWAIT(d);
		if (!fits(d, d->length))
			return too_large(d);
	}
	q.vdi.vdi_size = d->length;
	q.vdi.copies = d->o.copies;
	q.vdi.copy_policy = d->o.copy_policy;
	q.vdi.block_size_shift = d->o.shift;
	if (d->o.hyper) {
		q.vdi.store_policy = SD_STORE_POLICY_BTREE;
		q.vdi.block_size_shift = SD_DEFAULT_BLOCK_SIZE_SHIFT;
	}
	q.opcode = SD_OP_NEW_VDI;
	if (dog_lacks_option(d, &q))
		return dog_stop(d, DOG_USAGE);
	dog_ask_new(d, &q, d->words[0]);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return create_failed(d, d->words[0]);
	d->vdi.vid = d->rsp.vdi.vdi_id;
	if (d->o.prealloc)
		DOG_CALL(d, preallocate);
	if (d->o.verbose)
		dog_say(d, d->o.raw ? "%x\n" : "VDI ID of newly created VDI: %x\n", d->vdi.vid);
	DOG_END(d);
}

/* ------------------------------------------------------------------ delete */

/*
 * Zeroes the index of d->vdi, from the first entry that is set, as if it were a flat one; nothing
 * at all is written if there is none.
 */
static void ask_zeroes(struct dog *d)
{
	uint32_t nr = dog_nr_objects(&d->vdi.head), first = 0;

	while (first < nr && inode_data_vid(d->vdi.inode, 0, first) == 0)
		first++;
	dog_ask_write(d, &d->vdi, SD_OP_WRITE_OBJ, SD_FLAG_CMD_DIRECT,
		      sd_vid_to_inode_oid(d->vdi.vid), INODE_DATA_VIDS + 4 * (uint64_t)first,
		      first < nr ? blob_zero(4 * (uint64_t)(nr - first)) : NULL);
}

static enum dog_next discard_objects(struct dog *d)
{
	DOG_BEGIN(d);
	dog_ask_read(d, 0, sd_vid_to_inode_oid(d->vdi.vid), 0, dog_inode_size(d));
	DOG_AWAIT(d);
	if (d->result == SD_RES_SUCCESS && !dog_take_head(d, &d->vdi))
		d->result = SD_RES_EIO;
	if (d->result != SD_RES_SUCCESS)
		return DOG_ENDS;
	ask_zeroes(d);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		dog_say(d,
			"Failed to write object %016llx: %s\n"
			"failed to update inode for discarding objects: %016llx\n",
			(unsigned long long)d->x.req.obj.oid, dog_result(d->result),
			(unsigned long long)d->x.req.obj.oid);
	DOG_END(d);
}

/* Up to 0.8 a sheep deletes the data itself (versions.md 4.7). */
enum dog_next dog_delete(struct dog *d)
{
	DOG_BEGIN(d);
	DOG_CALL(d, dog_find_vdi);
	if (d->result != SD_RES_SUCCESS)
		return DOG_ENDS;
	if (!dialect_info(d->dialect)->deletes_data) {
		DOG_CALL(d, discard_objects);
		if (d->result != SD_RES_SUCCESS)
			return DOG_ENDS;
	}
	dog_ask_vdi(d, SD_OP_DEL_VDI, &d->vdi.name);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS && d->result != SD_RES_NETWORK_ERROR)
		dog_say(d, "Failed to delete %s: %s\n", d->vdi.name.name, dog_result(d->result));
	DOG_END(d);
}

/* The exit status is 0 whatever happens. */
enum dog_next dog_vdi_delete(struct dog *d)
{
	DOG_BEGIN(d);
	dog_take_name(d);
	DOG_CALL(d, dog_delete);
	DOG_END(d);
}

/* ------------------------------------------------------------------ snapshot */

static bool has_own_objects(const struct dog *d)
{
	for (uint32_t i = 0; i < dog_nr_objects(&d->vdi.head); i++) {
		if (dog_owner(&d->vdi, i) == d->vdi.vid)
			return true;
	}
	return false;
}

/* Is the tag free? The working VDI comes next. */
static enum dog_next check_tag(struct dog *d)
{
	DOG_BEGIN(d);
	dog_ask_vdi(d, SD_OP_GET_VDI_INFO, &d->vdi.name);
	DOG_AWAIT(d);
	if (d->result == SD_RES_NO_TAG)
		return DOG_ENDS;
	if (d->result == SD_RES_SUCCESS) {
		dog_ask_read(d, SD_FLAG_CMD_DIRECT, sd_vid_to_inode_oid(d->rsp.vdi.vdi_id), 0,
			     INODE_HEAD);
		DOG_AWAIT(d);
		dog_say(d,
			"Failed to create snapshot for %s, maybe snapshot id (%u) or tag (%s) is "
			"existed\n",
			d->words[0], d->o.snapid, d->o.tag);
	} else {
		dog_say(d, "Failed to create snapshot for %s: %s\n", d->words[0],
			dog_result(d->result));
	}
	return dog_stop(d, DOG_FAILED);
	DOG_END(d);
}

static enum dog_next skip_identical(struct dog *d)
{
	DOG_BEGIN(d);
	dog_ask_read(d, SD_FLAG_CMD_DIRECT, sd_vid_to_inode_oid(d->vdi.vid), 0, dog_inode_size(d));
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS || !dog_take_head(d, &d->vdi))
		return dog_stop(d, DOG_FAILED);
	if (!has_own_objects(d)) {
		dog_say(d, "VDI %s doesn't have its own objects, skipping creation of snapshot\n",
			d->words[0]);
		return dog_stop(d, DOG_OK);
	}
	DOG_END(d);
}

enum dog_next dog_vdi_snapshot(struct dog *d)
{
	struct req q;

	DOG_BEGIN(d);
	dog_take_name(d);
	if (d->o.snapshot)
		DOG_CALL(d, check_tag);
	memset(d->vdi.name.tag, 0, sizeof(d->vdi.name.tag));
	d->vdi.name.snapid = 0;
	DOG_CALL(d, dog_read_header);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	if (d->vdi.head.store_policy != SD_STORE_POLICY_FLAT) {
		dog_say(d, "creating a snapshot of hypervolume is not supported\n");
		return dog_stop(d, DOG_FAILED);
	}
	if (d->o.reduce)
		DOG_CALL(d, skip_identical);
	dog_ask_write(d, &d->vdi, SD_OP_WRITE_OBJ, 0, sd_vid_to_inode_oid(d->vdi.vid),
		      SD_MAX_VDI_LEN, blob_new(d->o.tag, SD_MAX_VDI_TAG_LEN));
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return create_failed(d, d->words[0]);
	q = dog_like(&d->vdi.head);
	q.vdi.base_vdi_id = d->vdi.vid;
	q.vdi.snapid = 1;
	dog_ask_new(d, &q, d->words[0]);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return create_failed(d, d->words[0]);
	if (d->o.verbose)
		dog_say(d, "new VID of original VDI: %x, VDI ID of newly created snapshot: %x\n",
			d->rsp.vdi.vdi_id, d->vdi.vid);
	DOG_END(d);
}

/* ------------------------------------------------------------------ clone */

/* Copies all objects of d->other to d->vdi, those that are not there (-P) as zeros. */
static enum dog_next copy_objects(struct dog *d)
{
	uint64_t size;

	DOG_BEGIN(d);
	for (d->i = 0; d->i < dog_nr_objects(&d->vdi.head); d->i++) {
		d->n = dog_owner(&d->other, d->i);
		if (d->n) {
			size = dog_object_size(&d->vdi.head);
			dog_ask_read(d, SD_FLAG_CMD_DIRECT, sd_vid_to_data_oid(d->n, d->i), 0,
				     size);
			DOG_AWAIT(d);
			if (d->result != SD_RES_SUCCESS)
				return dog_stop(d, DOG_FAILED);
		} else if (!d->o.prealloc) {
			continue;
		}
		dog_ask_write(d, &d->vdi, SD_OP_CREATE_AND_WRITE_OBJ, SD_FLAG_CMD_DIRECT,
			      sd_vid_to_data_oid(d->vdi.vid, d->i), 0,
			      d->n ? blob_ref(d->data) : NULL);
		DOG_AWAIT(d);
		if (d->result != SD_RES_SUCCESS)
			return dog_stop(d, DOG_FAILED);
		set_entry(d, d->i);
		DOG_AWAIT(d);
		if (d->result != SD_RES_SUCCESS)
			return dog_stop(d, DOG_FAILED);
	}
	DOG_END(d);
}

enum dog_next dog_vdi_clone(struct dog *d)
{
	struct req q;

	DOG_BEGIN(d);
	dog_take_name(d);
	if (!d->o.snapshot && !d->o.no_share) {
		dog_usage(d);
		dog_say(d, "Only snapshot VDIs can be cloned\n"
			   "Please specify the '-s' option\n");
		return dog_stop(d, DOG_USAGE);
	}
	DOG_CALL(d, dog_read_vdi);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	q = dog_like(&d->vdi.head);
	q.vdi.base_vdi_id = d->o.no_share ? 0 : d->vdi.vid;
	dog_ask_new(d, &q, d->words[1]);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return create_failed(d, d->words[1]);
	d->n = d->rsp.vdi.vdi_id;
	if (d->o.no_share || d->o.prealloc) {
		d->other = d->vdi;
		d->vdi = (struct dog_vdi){0};
		strncpy(d->vdi.name.name, d->words[1], SD_MAX_VDI_LEN - 1);
		DOG_CALL(d, dog_read_header);
		if (d->result != SD_RES_SUCCESS)
			return dog_stop(d, DOG_FAILED);
		DOG_CALL(d, copy_objects);
		d->n = d->vdi.vid;
	}
	if (d->o.verbose)
		dog_say(d, d->o.raw ? "%x\n" : "VDI ID of newly created clone: %x\n", d->n);
	DOG_END(d);
}

/* ------------------------------------------------------------------ rollback */

/* The snapshot that was found becomes d->other; the working VDI of that name is deleted. */
enum dog_next dog_replace_working(struct dog *d)
{
	DOG_BEGIN(d);
	d->other = d->vdi;
	d->vdi = (struct dog_vdi){0};
	strncpy(d->vdi.name.name, d->words[0], SD_MAX_VDI_LEN - 1);
	DOG_CALL(d, dog_delete);
	DOG_END(d);
}

enum dog_next dog_vdi_rollback(struct dog *d)
{
	struct req q;

	DOG_BEGIN(d);
	dog_take_name(d);
	if (!d->o.snapshot) {
		dog_usage(d);
		dog_say(d, "Please specify the '-s' option\n");
		return dog_stop(d, DOG_USAGE);
	}
	DOG_CALL(d, dog_read_header);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	if (!dog_confirmed(d)) {
		dog_say(d, "This operation dicards any changes made since the previous snapshot "
			   "was taken.\n");
		return DOG_ENDS;
	}
	DOG_CALL(d, dog_replace_working);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	d->vdi.head = d->other.head;
	q = dog_like(&d->vdi.head);
	q.vdi.base_vdi_id = d->other.vid;
	dog_ask_new(d, &q, d->words[0]);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return create_failed(d, d->words[0]);
	if (d->o.verbose)
		dog_say(d, d->o.raw ? "%x\n" : "New VDI ID of rollbacked VDI: %x\n",
			d->rsp.vdi.vdi_id);
	DOG_END(d);
}

/* ------------------------------------------------------------------ resize */

/* The inode's header as it is now; q.copies as it was. */
static void ask_header(struct dog *d, const struct inode_head *head)
{
	uint8_t bytes[INODE_HEAD];

	/* what is not known of it stays */
	blob_read(d->vdi.inode, 0, bytes, sizeof(bytes));
	inode_head_encode(head, bytes);
	dog_ask_write(d, &d->vdi, SD_OP_WRITE_OBJ, SD_FLAG_CMD_DIRECT,
		      sd_vid_to_inode_oid(d->vdi.vid), 0, blob_new(bytes, sizeof(bytes)));
}

enum dog_next dog_vdi_resize(struct dog *d)
{
	struct inode_head head;

	DOG_BEGIN(d);
	dog_take_name(d);
	if (!dog_parse_size(d->words[1], &d->length)) {
		dog_usage(d);
		return dog_stop(d, DOG_USAGE);
	}
	DOG_CALL(d, dog_read_header);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	if (d->length < d->vdi.head.vdi_size ||
	    (d->length > LARGEST && d->vdi.head.store_policy == SD_STORE_POLICY_FLAT)) {
		dog_usage(d);
		dog_say(d, d->length < d->vdi.head.vdi_size ? "Shrinking VDIs is not implemented\n"
							    : "New VDI size is too large\n");
		return dog_stop(d, DOG_USAGE);
	}
	head = d->vdi.head;
	head.vdi_size = d->length;
	ask_header(d, &head);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS) {
		dog_say(d, "Failed to update an inode header\n");
		return dog_stop(d, DOG_FAILED);
	}
	DOG_END(d);
}

/* ------------------------------------------------------------------ alter-copy */

static enum dog_next look_for_relatives(struct dog *d)
{
	d->k += d->vdi.head.parent_vdi_id == d->other.vid;
	return DOG_ENDS;
}

/* Only a VDI without parent and children can have another number of copies: d->k is 0. */
static enum dog_next check_standalone(struct dog *d)
{
	DOG_BEGIN(d);
	d->other = d->vdi;
	d->vdi = (struct dog_vdi){0};
	dog_begin_list(d, false, look_for_relatives);
	DOG_CALL(d, dog_list);
	blob_unref(d->vdi.inode);
	d->vdi = d->other;
	d->other = (struct dog_vdi){0};
	d->k += d->vdi.head.parent_vdi_id != 0;
	if (d->k > 0) {
		dog_say(d,
			"Only standalone vdi supports changing redundancy level.\n"
			"Please clone %s with -n (--no-share) option first.\n",
			d->words[0]);
		return dog_stop(d, DOG_FAILED);
	}
	DOG_END(d);
}

enum dog_next dog_vdi_alter_copy(struct dog *d)
{
	struct inode_head head;
	struct req *q;

	DOG_BEGIN(d);
	dog_take_name(d);
	DOG_CALL(d, dog_prelude);
	DOG_CALL(d, dog_read_header);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	if (d->vdi.head.copy_policy || d->o.copy_policy) {
		dog_say(d, "%s's copy policy is erasure code, changing it is not supported yet.\n",
			d->words[0]);
		return dog_stop(d, DOG_FAILED);
	}
	if (d->vdi.head.nr_copies == d->o.copies) {
		dog_say(d, "%s's redundancy level is already set to %u, nothing changed.\n",
			d->words[0], d->o.copies);
		return dog_stop(d, DOG_FAILED);
	}
	DOG_CALL(d, check_standalone);
	head = d->vdi.head;
	head.nr_copies = d->o.copies;
	ask_header(d, &head);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	q = dog_prepare(d, SD_OP_ALTER_VDI_COPY, 0);
	q->vdi_state.new_vid = d->vdi.vid;
	q->vdi_state.copies = d->o.copies;
	q->vdi_state.block_size_shift = d->vdi.head.block_size_shift;
	dog_send(d, NULL, NULL);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	dog_say(d, "%s's redundancy level is set to %u, the old one was %u.\n", d->words[0],
		d->o.copies, d->vdi.head.nr_copies);
	DOG_END(d);
}

/* ------------------------------------------------------------------ lock unlock */

enum dog_next dog_vdi_lock_unlock(struct dog *d)
{
	struct vdi_state s;
	struct req *q;

	DOG_BEGIN(d);
	dog_take_name(d);
	DOG_CALL(d, dog_find_vdi);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	DOG_CALL(d, dog_ask_locks);
	if (!dog_lock_of(d, d->vdi.vid, &s)) {
		dog_say(d, "VDI %s (vid=%x) is not locked\n", d->words[0], d->vdi.vid);
		return dog_stop(d, DOG_FAILED);
	}
	q = dog_prepare(d, SD_OP_RELEASE_VDI, 0);
	q->vdi.base_vdi_id = d->vdi.vid;
	q->vdi.type =
		s.lock_state == SD_LOCK_STATE_SHARED ? SD_LOCK_TYPE_SHARED : SD_LOCK_TYPE_NORMAL;
	dog_send(d, NULL, NULL);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS) {
		dog_say(d, "Failed to unlock %s: %s\n", d->words[0], dog_result(d->result));
		return dog_stop(d, DOG_FAILED);
	}
	DOG_END(d);
}
