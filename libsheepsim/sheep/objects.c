/*
 * This node's objects (R504, R523, R702-R714): the store's operations, each after its disk's time.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "placement/commons.h"
#include "sheep/disks.h"
#include "sheep/journal.h"
#include "sheep/node.h"
#include "sheep/vdi.h"

/* ------------------------------------------------------------------ what an object is */

uint32_t object_copies(const struct sheep *s, uint64_t oid)
{
	const struct vdi *v = vdi_find(s, sd_oid_vid(oid));

	if (v && v->copies_everywhere)
		return UINT8_MAX;
	return v ? v->nr_copies : s->ci.nr_copies; /* R310 */
}

/* Whatever the VDI's policy is, only data and VM state are coded (R310). */
static bool is_codable(uint64_t oid)
{
	return !sd_oid_is_inode(oid) && !sd_oid_is_btree(oid) && !sd_oid_is_attr(oid) &&
	       !sd_oid_is_ledger(oid);
}

uint8_t object_policy(const struct sheep *s, uint64_t oid)
{
	const struct vdi *v;

	if (!is_codable(oid))
		return 0;
	v = vdi_find(s, sd_oid_vid(oid));
	return v ? v->copy_policy : s->ci.copy_policy;
}

uint8_t request_policy(const struct request *r)
{
	uint64_t oid = request_oid(r);

	if (r->q.variant == VARIANT_OBJ && r->q.obj.copy_policy && is_codable(oid))
		return r->q.obj.copy_policy;
	return object_policy(r->sheep, oid);
}

/* R702 */
uint64_t object_size(const struct sheep *s, uint64_t oid)
{
	const struct vdi *v = vdi_find(s, sd_oid_vid(oid));
	uint8_t shift = v ? v->block_size_shift : s->ci.block_size_shift;
	uint8_t policy = object_policy(s, oid);

	if (sd_oid_is_inode(oid))
		return node_release(s)->inode_size;
	if (!shift)
		shift = SD_DEFAULT_BLOCK_SIZE_SHIFT;
	return sd_oid_size(oid, shift) / sd_policy_data_strips(policy);
}

bool object_live(const struct sheep *s, uint64_t oid, uint8_t strip)
{
	bool moved;
	bool live =
		store_settle(s->store, (struct store_key){.oid = oid, .ec_index = strip}, &moved);

	if (moved)
		world_note(s->world, TRACE_OBJECT_MOVE, oid, strip, 0, 0);
	return live;
}

/* ------------------------------------------------------------------ operations */

/*
 * The live object is sought on the disk that it mapped to when the operation began, even if that
 * was unplugged meanwhile: its directory is still there. Only the existence test looks at all disks
 * (R703). If the object is not there any more, because it was moved, then it is where it maps to
 * now.
 */
static struct store_key live_key(const struct object_io *o)
{
	const struct sheep *s = o->sheep;
	struct store_key key = {.oid = o->oid, .ec_index = o->ec_index, .disk = o->disk};

	if (!store_has(s->store, key) && store_home(s->store, o->oid))
		key.disk = store_home(s->store, o->oid);
	return key;
}

/*
 * R704, R709: the live object, or else S(key, epoch) exactly; stale ones only where allowed. A
 * stale copy stays on the disk on which it was set aside, so all are looked at: the spec tells of
 * no other way to find it after disks were changed. False: there is none.
 */
static bool find_content(const struct object_io *o, bool stale_allowed, struct store_key *key)
{
	const struct sheep *s = o->sheep;

	*key = live_key(o);
	if (store_has(s->store, *key))
		return true;
	key->stale_epoch = o->epoch;
	key->disk = 0;
	return stale_allowed && o->epoch != 0 && store_has(s->store, *key);
}

/* R704, R701: the one thing that tells the stores apart. */
static bool knows_wildcard(const struct sheep *s)
{
	struct store_config c;

	store_config_get(s->store, &c);
	return strcmp(c.store_name, "tree") != 0;
}

static uint32_t object_read(struct object_io *o)
{
	struct sheep *s = o->sheep;
	bool older = o->epoch > 0 && o->epoch < node_epoch(s);
	struct store_key key;

	if (!find_content(o, older || (o->wildcard && knows_wildcard(s)), &key))
		return SD_RES_NO_OBJ; /* R422: who does not wait for its recovery */
	if (node_release(s)->strict_reads &&
	    (uint64_t)o->offset + o->length > store_length(s->store, key))
		return SD_RES_NO_OBJ; /* as its clients were seen to get it (versions.md 4.7) */
	/* Past the end of the object: zeros (spec 4.3). */
	o->data = store_read(s->store, key, o->offset, o->length);
	return SD_RES_SUCCESS;
}

/*
 * What was wanted in an earlier epoch is done nevertheless: for requests only WRITE looks again
 * (R408), and what a recovery job has read is stored (R522). Unless these are repaired.
 */
static bool comes_too_late(const struct object_io *o)
{
	return o->wanted && o->wanted != node_epoch(o->sheep) &&
	       !quirk(o->sheep, o->recovery ? QUIRK_LATE_RECOVERY : QUIRK_LATE_CHANGES);
}

/* R705: whatever is there is replaced, by recovery too, unless that is repaired (R910). */
static bool create_yields(const struct object_io *o)
{
	return o->recovery && !quirk(o->sheep, QUIRK_RECOVERY_REPLACES) &&
	       object_live(o->sheep, o->oid, o->ec_index);
}

/* The whole object, which is zero where nothing was given. A new reference. */
static struct blob *created_content(const struct object_io *o)
{
	uint64_t size = o->size ? o->size : object_size(o->sheep, o->oid);

	if (o->offset == 0 && o->data && blob_size(o->data) == size)
		return blob_ref(o->data);
	return blob_overlay(blob_zero(size), o->offset, o->data);
}

static struct store_key created_key(const struct object_io *o)
{
	return (struct store_key){.oid = o->oid, .ec_index = o->ec_index, .disk = o->disk};
}

/*
 * R705: a temporary of full size is written, and then given the live name. If there is one already,
 * which is another create's, the answer is success without writing anything, unless that is
 * repaired (R910): then the object is written without one.
 */
static void create_begin(struct object_io *o)
{
	struct store *store = o->sheep->store;
	struct blob *content;

	if (!o->disk)
		return;
	if (store_has_temporary(store, created_key(o))) {
		o->skipped = quirk(o->sheep, QUIRK_UNWRITTEN_CREATE);
		return;
	}
	content = created_content(o);
	o->digest64 = blob_digest(content);
	o->begun = store_temporary(store, created_key(o), content);
	o->temporary = o->begun == SD_RES_SUCCESS;
	blob_unref(content);
}

/* Without a temporary of its own. */
static uint32_t create_without(struct object_io *o)
{
	struct blob *content = created_content(o);
	uint32_t result = store_put(o->sheep->store, created_key(o), content);

	o->digest64 = blob_digest(content);
	blob_unref(content);
	return result;
}

static uint32_t object_create(struct object_io *o)
{
	struct sheep *s = o->sheep;
	uint32_t result = o->begun; /* NO_SPACE is the client's to bear (R711) */

	if (create_yields(o))
		return SD_RES_SUCCESS;
	if (o->temporary) {
		/* none is left where the disk was erased meanwhile */
		o->temporary = false;
		result = store_publish(s->store, created_key(o)) ? SD_RES_SUCCESS : SD_RES_NO_OBJ;
	} else if (result == SD_RES_SUCCESS) {
		result = create_without(o);
	}
	if (result == SD_RES_SUCCESS) {
		objlist_add(s, o->oid);
		world_note(s->world, TRACE_OBJECT_CREATE, o->oid, o->ec_index, o->digest64, 0);
	}
	return result;
}

/* R408, R706: a WRITE of an epoch that is over. */
static bool is_outdated(const struct object_io *o)
{
	return o->op == OBJECT_WRITE && (int32_t)(o->epoch - node_epoch(o->sheep)) < 0;
}

static uint32_t object_write(struct object_io *o)
{
	struct sheep *s = o->sheep;
	struct store_key key = live_key(o);
	uint32_t result;

	if (!o->journaled && is_outdated(o))
		return SD_RES_OLD_NODE_VER;
	if (!store_has(s->store, key))
		return SD_RES_NO_OBJ;
	result = store_write(s->store, key, o->offset, o->data);
	if (result == SD_RES_SUCCESS)
		world_note(s->world, TRACE_OBJECT_WRITE, o->oid, o->offset, blob_size(o->data),
			   o->data ? blob_digest(o->data) : 0);
	return result;
}

void object_drop_older(struct sheep *s, struct store_key k)
{
	uint32_t newest = k.stale_epoch - 1;
	uint32_t epoch;

	while (newest > 0 &&
	       (epoch = store_newest_stale(s->store, k.oid, k.ec_index, 1, newest)) > 0) {
		store_delete(s->store, (struct store_key){
					       .oid = k.oid,
					       .ec_index = k.ec_index,
					       .stale_epoch = epoch,
				       });
		newest = epoch - 1;
	}
}

/* Stale copies of an object, whatever strips they are of, from former epochs. */
static void drop_all_stale(struct sheep *s, uint64_t oid)
{
	uint32_t strips = object_policy(s, oid) ? object_copies(s, oid) : 1;

	for (uint32_t i = 0; i < strips; i++)
		object_drop_older(s, (struct store_key){.oid = oid,
							.ec_index = (uint8_t)i,
							.stale_epoch = node_epoch(s) + 1});
}

static uint32_t object_remove(struct object_io *o)
{
	struct sheep *s = o->sheep;
	bool was = store_delete(s->store, live_key(o));

	if (!quirk(s, QUIRK_REMOVED_LISTED))
		drop_all_stale(s, o->oid);

	objlist_remove(s, o->oid); /* even if there was none (R707) */
	world_note(s->world, TRACE_OBJECT_REMOVE, o->oid, was, 0, 0);
	return was ? SD_RES_SUCCESS : SD_RES_NO_OBJ;
}

static void release_digest(struct commons *c, void *digest)
{
	(void)c;
	free(digest);
}

/* Copies of one content are hashed once, whoever holds them (D6). */
static void content_sha1(struct sheep *s, struct blob *content, uint8_t digest[BLOB_SHA1_LEN])
{
	const uint8_t *known = commons_memo_get(s->commons, content, "sha1", 0);
	uint8_t *copy;

	if (known) {
		memcpy(digest, known, BLOB_SHA1_LEN);
		return;
	}
	blob_sha1(content, digest);
	copy = mem_alloc(BLOB_SHA1_LEN);
	memcpy(copy, digest, BLOB_SHA1_LEN);
	commons_memo_put(s->commons, content, "sha1", 0, copy, release_digest);
}

static uint32_t object_hash(struct object_io *o)
{
	struct store_key key;
	struct blob *content;

	if (!find_content(o, true, &key))
		return SD_RES_NO_OBJ;
	content = store_get(o->sheep->store, key);
	content_sha1(o->sheep, content, o->digest);
	blob_unref(content);
	return SD_RES_SUCCESS;
}

/* R708. */
static uint32_t object_link(struct object_io *o)
{
	struct sheep *s = o->sheep;
	struct store_key live = {.oid = o->oid, .ec_index = o->ec_index};
	struct store_key stale = live;

	if (object_live(s, o->oid, o->ec_index))
		return SD_RES_SUCCESS;
	stale.stale_epoch = o->epoch;
	/* a name is given on one disk only: where the live object belongs */
	if (!store_settle(s->store, stale, NULL) || !store_link(s->store, stale, live))
		return SD_RES_NO_OBJ;
	world_note(s->world, TRACE_OBJECT_LINK, o->oid, o->epoch, 0, 0);
	return SD_RES_SUCCESS;
}

static uint32_t object_perform(struct object_io *o)
{
	if (comes_too_late(o))
		return SD_RES_OLD_NODE_VER;
	switch (o->op) {
	case OBJECT_READ:
		return object_read(o);
	case OBJECT_CREATE:
		return object_create(o);
	case OBJECT_WRITE:
		return object_write(o);
	case OBJECT_REMOVE:
		return object_remove(o);
	case OBJECT_HASH:
		return object_hash(o);
	case OBJECT_LINK:
		return object_link(o);
	}
	assert(!"no such object operation");
	return SD_RES_SYSTEM_ERROR;
}

/* R710: what the errors of a disk are to those who ask. EIO: the disk is to blame (R716). */
static uint32_t result_of(int error)
{
	switch (error) {
	case ENOENT: /* in a directory that is there */
		return SD_RES_NO_OBJ;
	case ENOSPC:
	case EDQUOT:
		return SD_RES_NO_SPACE;
	case EMFILE:
	case ENFILE:
	case EINTR:
	case EEXIST:
		return SD_RES_NETWORK_ERROR; /* so that the gateway tries again */
	default:
		return SD_RES_EIO;
	}
}

/* R710, R716. REMOVE looks for the file first, and only unlinks: whatever fails there is EIO. */
static uint32_t object_failed(const struct object_io *o, int error)
{
	uint32_t result = result_of(error);

	if (o->op == OBJECT_REMOVE)
		return SD_RES_EIO;
	return result == SD_RES_EIO ? disk_failed(o->sheep, o->disk) : result;
}

static uint32_t object_result(struct object_io *o, int error)
{
	struct sheep *s = o->sheep;

	if (o->skipped)
		return SD_RES_SUCCESS;
	if (node_is_gateway(s) && o->op == OBJECT_READ)
		return SD_RES_NO_OBJ;
	if (!o->disk)
		return SD_RES_EIO;
	if (error)
		return object_failed(o, error);
	if (o->op != OBJECT_REMOVE && store_disk_is_lost(s->store, o->disk))
		return disk_failed(s, o->disk);
	return object_perform(o);
}

static void object_served(struct disk_io *io, int error)
{
	struct object_io *o = container_of(io, struct object_io, io);
	struct sheep *s = o->sheep;

	if (s->ended)
		return;
	o->result = object_result(o, error);
	if (o->temporary)
		store_drop_temporary(s->store, created_key(o));
	o->done(o);
}

/* How many bytes the disk moves for it; what is sparse costs nothing. */
static uint64_t bytes_moved(const struct object_io *o)
{
	switch (o->op) {
	case OBJECT_READ:
		return o->length;
	case OBJECT_CREATE:
	case OBJECT_WRITE:
		return blob_size(o->data);
	case OBJECT_HASH:
		return object_size(o->sheep, o->oid);
	default:
		return 0;
	}
}

/* A crash in the middle of it (R712): any of the pages of a WRITE may have been written. */
static void write_torn(struct object_io *o)
{
	struct sheep *s = o->sheep;
	uint64_t end = o->offset + blob_size(o->data);
	uint64_t at = o->offset;

	while (at < end) {
		uint64_t page = at / BLOB_PAGE;
		uint64_t next = (page + 1) * BLOB_PAGE < end ? (page + 1) * BLOB_PAGE : end;
		struct blob *part = blob_slice(o->data, at - o->offset, next - at);

		if (world_random(s->world, 2, "torn write", o->oid, page, world_now(s->world)))
			store_write(s->store, live_key(o), at, part);
		blob_unref(part);
		at = next;
	}
}

/* A create may have got as far as its last step; else the temporary is left. */
static void object_torn(struct disk_io *io)
{
	struct object_io *o = container_of(io, struct object_io, io);
	struct sheep *s = o->sheep;

	if (o->op == OBJECT_WRITE && store_has(s->store, live_key(o)))
		write_torn(o);
	else if (o->temporary &&
		 world_random(s->world, 2, "torn create", o->oid, o->ec_index, world_now(s->world)))
		store_publish(s->store, created_key(o));
}

static void object_submit(struct object_io *o)
{
	struct sheep *s = o->sheep;
	bool writes = o->op == OBJECT_CREATE || o->op == OBJECT_WRITE;

	o->disk = store_home(s->store, o->oid);
	if (o->op == OBJECT_CREATE)
		create_begin(o);
	o->io.done = object_served;
	o->io.torn = object_torn;
	o->io.bytes = bytes_moved(o);
	o->io.kind = writes ? DISK_WRITE : o->io.bytes ? DISK_READ : DISK_META;
	if (writes && (s->journal || s->options.nosync))
		o->io.kind = DISK_CACHED; /* R712, R713 */
	o->io.oid = o->oid;
	o->io.disk = disk_queue(s, o->oid);
	world_disk(s->world, &o->io);
}

static void object_journaled(struct append *a)
{
	object_submit(container_of(a, struct object_io, append));
}

/* R713: what is to be done is appended first. The epoch counts before that (R706). */
static bool object_goes_to_journal(const struct object_io *o)
{
	bool changes = o->op == OBJECT_CREATE || o->op == OBJECT_WRITE || o->op == OBJECT_REMOVE;

	return o->sheep->journal && changes && !is_outdated(o);
}

static void object_append(struct object_io *o)
{
	static const enum journal_op ops[] = {
		[OBJECT_WRITE] = JOURNAL_WRITE,
		[OBJECT_CREATE] = JOURNAL_CREATE,
		[OBJECT_REMOVE] = JOURNAL_REMOVE,
	};

	o->append = (struct append){
		.entry =
			{
				.op = ops[o->op],
				.coded = object_policy(o->sheep, o->oid) != 0,
				.ec_index = o->ec_index,
				.oid = o->oid,
				.offset = o->offset,
				.size = o->size ? o->size : object_size(o->sheep, o->oid),
				.data = o->op == OBJECT_REMOVE ? NULL : o->data,
			},
		.next = object_journaled,
	};
	journal_append(o->sheep, &o->append);
}

void object_start(struct sheep *s, struct object_io *o)
{
	o->sheep = s;
	o->skipped = false;
	o->temporary = false;
	o->begun = SD_RES_SUCCESS;
	o->journaled = object_goes_to_journal(o);
	if (o->journaled)
		object_append(o);
	else
		object_submit(o);
}

/* ------------------------------------------------------------------ at once */

static uint32_t object_at_once(struct sheep *s, struct object_io o)
{
	o.sheep = s;
	o.epoch = node_epoch(s);
	o.disk = store_home(s->store, o.oid);
	o.result = object_result(&o, 0);
	journal_empty(s); /* or what it tells would be done again, over this */
	return o.result;
}

uint32_t sheep_object_create(struct sheep *s, uint64_t oid, struct blob *content)
{
	return object_at_once(s,
			      (struct object_io){.op = OBJECT_CREATE, .oid = oid, .data = content});
}

uint32_t sheep_object_write(struct sheep *s, uint64_t oid, uint64_t offset, struct blob *data)
{
	return object_at_once(s, (struct object_io){.op = OBJECT_WRITE,
						    .oid = oid,
						    .offset = (uint32_t)offset,
						    .data = data});
}
