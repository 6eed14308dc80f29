/* Operations on VDIs: the requests that dog sends, in its order. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sheepsim/wire/admin.h>
#include <sheepsim/wire/cluster.h>

#include "base/mem.h"
#include "client/vdi_op.h"

/* Entries that one write zeroes when a VDI is deleted; a choice: sheepdog's is not known. */
#define DELETE_BATCH 65536u

struct vdi_op *op_of(struct sequence *s)
{
	return container_of(s, struct vdi_op, sequence);
}

static void op_ends(struct sequence *s, enum outcome_kind kind, uint32_t result, const char *why)
{
	struct vdi_op *op = op_of(s);
	struct frontend *f = op->frontend;
	struct outcome o = {
		.kind = kind,
		.result = result,
		.why = why,
		.vid = op->vid,
		.infos = op->infos,
		.nr_infos = op->nr_infos,
		.took = world_now(&f->world) - op->began,
	};

	f->operations--;
	if (op->done)
		op->done(op->arg, &o);
	blob_unref(op->inode);
	free(op->in_use);
	free(op->infos);
	free(op);
}

void op_start(struct frontend *f, struct vdi_op op, void (*step)(struct sequence *s))
{
	struct vdi_op *new = mem_alloc(sizeof *new);

	assert(!f->closing);
	*new = op;
	new->frontend = f;
	new->began = world_now(&f->world);
	new->sequence.step = step;
	new->sequence.end = op_ends;
	f->operations++;
	sequence_start(&new->sequence, &f->sequences, &f->world, &f->tally, &f->io.gateway);
}

void op_succeed(struct vdi_op *op)
{
	sequence_end(&op->sequence, OUTCOME_OK, SD_RES_SUCCESS, NULL);
}

void ask_write(struct vdi_op *op, uint8_t opcode, uint16_t flags, uint64_t oid, uint64_t offset,
	       struct blob *data)
{
	struct req *q = &op->sequence.x.req;

	request_object(q, opcode, SD_FLAG_CMD_WRITE | flags, oid, offset, blob_size(data));
	q->obj.copies = op->head.nr_copies;
	q->obj.copy_policy = op->head.copy_policy;
	sequence_send(&op->sequence, data);
}

/* Objects that a VDI has room for; a bad size is cut to what an index can hold. */
static uint32_t nr_objects(const struct inode_head *h)
{
	uint64_t nr;

	if (h->block_size_shift < SD_MIN_BLOCK_SIZE_SHIFT ||
	    h->block_size_shift > SD_MAX_BLOCK_SIZE_SHIFT)
		return 0;
	nr = h->vdi_size >> h->block_size_shift;
	if (h->vdi_size & ((UINT64_C(1) << h->block_size_shift) - 1))
		nr++;
	return nr < INODE_NR_DATA ? (uint32_t)nr : INODE_NR_DATA;
}

/* ------------------------------------------------------------------ create */

void ask_new(struct vdi_op *op, uint8_t version, const struct req *fields)
{
	char name[SD_MAX_VDI_LEN] = {0};

	memcpy(name, op->vdi.name, strlen(op->vdi.name));
	req_init(&op->sequence.x.req, SD_OP_NEW_VDI);
	op->sequence.x.req.proto_ver = version;
	op->sequence.x.req.flags = SD_FLAG_CMD_WRITE;
	op->sequence.x.req.data_length = sizeof name;
	op->sequence.x.req.vdi = fields->vdi;
	sequence_send(&op->sequence, blob_new(name, sizeof name));
}

/* Creates the objects one after the other, each with its entry in the index (dog's -P). */
static void preallocate(struct vdi_op *op)
{
	uint8_t entry[4];
	uint32_t i = op->next / 2;

	if (i == op->nr) {
		op_succeed(op);
	} else if (op->next++ % 2 == 0) {
		ask_write(op, SD_OP_CREATE_AND_WRITE_OBJ, SD_FLAG_CMD_DIRECT,
			  sd_vid_to_data_oid(op->vid, i), 0, NULL);
	} else {
		put_le32(entry, op->vid);
		ask_write(op, SD_OP_WRITE_OBJ, SD_FLAG_CMD_DIRECT, sd_vid_to_inode_oid(op->vid),
			  INODE_DATA_VIDS + 4ull * i, blob_new(entry, sizeof entry));
	}
}

static void preallocate_step(struct sequence *s)
{
	preallocate(op_of(s));
}

static void create_ask(struct vdi_op *op)
{
	const struct generation *c = op->frontend->generation;
	struct req fields = {0};

	fields.vdi.vdi_size = op->spec.size;
	fields.vdi.copies = op->spec.copies;
	fields.vdi.copy_policy = op->spec.copy_policy;
	fields.vdi.block_size_shift = op->spec.block_size_shift;
	if (c->shift_sent && !op->spec.block_size_shift)
		fields.vdi.block_size_shift = op->default_shift;
	if (op->spec.hyper) {
		fields.vdi.store_policy = SD_STORE_POLICY_BTREE;
		fields.vdi.block_size_shift = SD_DEFAULT_BLOCK_SIZE_SHIFT;
	}
	ask_new(op, c->dog_creates ? SD_PROTO_VER : c->vdi_version, &fields);
}

/* Fields that its generation did not have are left zero (versions 5.2): so they must be. */
const char *frontend_refuses(const struct frontend *f, const struct vdi_spec *spec)
{
	if (spec->copy_policy && !f->generation->policy)
		return "this client knows no erasure coding";
	if (spec->block_size_shift && !f->generation->shift)
		return "this client knows no objects of other sizes";
	if (spec->hyper && !f->generation->shift)
		return "this client knows no hyper volumes";
	return NULL;
}

/* Room for the answer to an operation that comes before NEW_VDI. */
static uint32_t prologue_room(uint8_t opcode)
{
	switch (opcode) {
	case SD_OP_GET_NODE_LIST:
		return SD_MAX_NODES * sizeof(struct sd_node);
	case SD_OP_STAT_CLUSTER:
		return sizeof(struct sd_epoch_log);
	case SD_OP_CLUSTER_INFO:
		return sizeof(struct sd_cluster_info) + SD_MAX_NODES * sizeof(struct sd_node);
	default:
		return 0;
	}
}

/* Sends the next of these; false: there is none left. */
static bool prologue_next(struct vdi_op *op)
{
	const struct generation *c = op->frontend->generation;
	struct sequence *s = &op->sequence;
	uint8_t opcode = c->prologue[op->next];

	if (!opcode)
		return false;
	op->next++;
	req_init(&s->x.req, opcode);
	if (opcode < SD_OP_INTERNAL)
		s->x.req.proto_ver = c->open_version;
	s->x.req.data_length = prologue_room(opcode);
	s->lenient = true; /* what it says is used where it says something */
	sequence_send(s, NULL);
	return true;
}

/*
 * The sheep is of another release than a client that asks more of it than I/O: dog needs the list
 * of nodes for everything, libsheepdog the cluster's defaults to create (versions 5.3, m and n).
 */
static bool prologue_not_understood(const struct sequence *s)
{
	return s->at > 0 && s->x.req.opcode >= SD_OP_INTERNAL &&
	       s->x.rsp.result == SD_RES_VER_MISMATCH;
}

static void create_end(struct sequence *s)
{
	struct vdi_op *op = op_of(s);

	if (inode_head_decode(s->x.data, &op->head, NULL) < 0) {
		sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS, "its inode is malformed");
		return;
	}
	op->nr = nr_objects(&op->head);
	s->step = preallocate_step;
	op->next = 0;
	preallocate(op);
}

static void create_step(struct sequence *s)
{
	struct vdi_op *op = op_of(s);

	if (s->at > 0 && s->x.req.opcode == SD_OP_GET_CLUSTER_DEFAULT &&
	    s->x.rsp.result == SD_RES_SUCCESS)
		op->default_shift = s->x.rsp.cluster_default.block_size_shift;
	if (s->at > 0 && s->x.req.opcode == SD_OP_NEW_VDI) {
		op->vid = s->x.rsp.vdi.vdi_id;
		if (!op->spec.preallocate) {
			op_succeed(op);
			return;
		}
		s->step = create_end;
		ask_read(s, SD_PROTO_VER, sd_vid_to_inode_oid(op->vid), 0, SD_INODE_SIZE);
	} else if (prologue_not_understood(s)) {
		sequence_end(s, OUTCOME_RESULT, SD_RES_VER_MISMATCH, NULL);
	} else if (!prologue_next(op)) {
		create_ask(op);
	}
}

void frontend_create(struct frontend *f, const struct vdi_spec *spec, outcome_fn done, void *arg)
{
	struct vdi_op op = {.spec = *spec, .done = done, .arg = arg};

	assert(!frontend_refuses(f, spec));
	op.default_shift = SD_DEFAULT_BLOCK_SIZE_SHIFT;
	memcpy(op.vdi.name, spec->name, sizeof op.vdi.name);
	op_start(f, op, create_step);
}

/* ------------------------------------------------------------------ look */

static void count_object(struct vdi_info *info, uint32_t owner)
{
	info->objects += owner != 0;
	info->owned += owner == info->head.vdi_id;
}

/* Counts the entries of a flat index; b starts at byte base of the inode. */
static void count_objects(const struct blob *b, uint64_t base, uint32_t nr, struct vdi_info *info)
{
	for (uint32_t i = 0; i < nr; i++)
		count_object(info, inode_data_vid(b, base, i));
}

/* The same of a B-tree's root, if it is a leaf, which starts at this byte of b. */
static void count_leaf(const struct blob *b, uint64_t base, uint32_t nr, struct vdi_info *info)
{
	uint8_t vid[4];

	for (uint32_t i = 0; i < nr; i++) {
		blob_read(b,
			  base + sizeof(struct sd_index_header) + i * sizeof(struct sd_index) +
				  offsetof(struct sd_index, vdi_id),
			  vid, sizeof vid);
		count_object(info, get_le32(vid));
	}
}

/* Entries of the root whose header is at this byte, 0 if it is no leaf, or nonsense; its length. */
static uint32_t root_entries(const struct blob *b, uint64_t base, uint64_t *len)
{
	uint8_t root[sizeof(struct sd_index_header)];
	uint32_t nr;
	bool leaf;

	blob_read(b, base, root, sizeof root);
	leaf = get_le16(root + offsetof(struct sd_index_header, depth)) == 1;
	nr = get_le32(root + offsetof(struct sd_index_header, entries));
	*len = sizeof root +
	       (uint64_t)nr * (leaf ? sizeof(struct sd_index) : sizeof(struct sd_indirect_index));
	if (*len > SD_BTREE_OBJ_SIZE) {
		*len = sizeof root;
		nr = 0;
	}
	return leaf ? nr : 0;
}

static struct vdi_info *add_info(struct vdi_op *op)
{
	op->infos = mem_resize(op->infos, op->nr_infos + 1, sizeof *op->infos);
	memset(&op->infos[op->nr_infos], 0, sizeof *op->infos);
	return &op->infos[op->nr_infos++];
}

static void lookup_step(struct sequence *s)
{
	struct vdi_op *op = op_of(s);
	struct vdi_info *info;
	uint64_t ignored;

	switch (s->at) {
	case 0:
		ask_vdi(s, SD_OP_GET_VDI_INFO, SD_PROTO_VER, &op->vdi);
		return;
	case 1:
		op->vid = s->x.rsp.vdi.vdi_id;
		ask_read(s, SD_PROTO_VER, sd_vid_to_inode_oid(op->vid), 0, SD_INODE_INDEX_SIZE);
		return;
	default:
		info = add_info(op);
		if (inode_head_decode(s->x.data, &info->head, NULL) < 0) {
			sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS, "its inode is malformed");
			return;
		}
		if (info->head.store_policy == SD_STORE_POLICY_FLAT)
			count_objects(s->x.data, 0, nr_objects(&info->head), info);
		else
			count_leaf(s->x.data, INODE_DATA_VIDS,
				   root_entries(s->x.data, INODE_DATA_VIDS, &ignored), info);
		op_succeed(op);
	}
}

void frontend_lookup(struct frontend *f, const struct vdi_name *vdi, outcome_fn done, void *arg)
{
	op_start(f, (struct vdi_op){.vdi = *vdi, .done = done, .arg = arg}, lookup_step);
}

static void ask_bitmap(struct sequence *s, uint8_t opcode)
{
	req_init(&s->x.req, opcode);
	s->x.req.data_length = SD_VDI_BITMAP_SIZE;
	sequence_send(s, NULL);
}

bool ask_next_inode(struct vdi_op *op)
{
	while (op->next < SD_NR_VDIS) {
		uint32_t vid = op->next++;

		if (!(op->in_use[vid / 8] & 1u << vid % 8))
			continue;
		op->vid = vid;
		ask_read(&op->sequence, SD_PROTO_VER, sd_vid_to_inode_oid(vid), 0, LIST_HEAD_LEN);
		return true;
	}
	return false;
}

/* Reads the next inode whose vid is in use, or ends. */
static void list_next(struct vdi_op *op)
{
	if (!ask_next_inode(op))
		op_succeed(op);
}

/* What dog skips: VDIs that are counted as deleted. */
static void drop_deleted(struct vdi_op *op, const struct blob *bitmap)
{
	uint8_t *deleted = mem_alloc(SD_VDI_BITMAP_SIZE);

	blob_read(bitmap, 0, deleted, SD_VDI_BITMAP_SIZE);
	for (uint32_t i = 0; i < SD_VDI_BITMAP_SIZE; i++)
		op->in_use[i] &= (uint8_t)~deleted[i];
	free(deleted);
}

bool ask_vdis(struct vdi_op *op, unsigned step)
{
	struct sequence *s = &op->sequence;

	switch (step) {
	case 0:
		ask_bitmap(s, SD_OP_READ_VDIS);
		break;
	case 1:
		op->in_use = mem_alloc(SD_VDI_BITMAP_SIZE);
		blob_read(s->x.data, 0, op->in_use, SD_VDI_BITMAP_SIZE);
		s->lenient = true;
		ask_bitmap(s, SD_OP_READ_DEL_VDIS);
		break;
	case 2:
		/* a sheep before 1.0 has no such operation, and tells of no deletions (V7) */
		if (s->x.rsp.result == SD_RES_SUCCESS)
			drop_deleted(op, s->x.data);
		break;
	}
	return step < ASK_VDIS;
}

/*
 * Asks for the index whose inode's front is in the answer: of a flat one the entries that the VDI
 * has room for, of a B-tree its root, as its header says.
 */
static void ask_index(struct vdi_op *op, const struct inode_head *head)
{
	struct sequence *s = &op->sequence;
	uint64_t len;

	op->btree = head->store_policy != SD_STORE_POLICY_FLAT;
	if (op->btree) {
		op->nr = root_entries(s->x.data, INODE_HEAD, &len);
	} else {
		op->nr = nr_objects(head);
		len = 4ull * op->nr;
	}
	ask_read(s, SD_PROTO_VER, sd_vid_to_inode_oid(op->vid), INODE_DATA_VIDS, len);
}

/* Every inode takes two steps: its front, its index. */
static void list_inode_step(struct vdi_op *op)
{
	struct sequence *s = &op->sequence;
	struct vdi_info *info;

	if (s->at % 2 != 0) {
		info = add_info(op);
		if (inode_head_decode(s->x.data, &info->head, NULL) < 0)
			sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS, "an inode is malformed");
		else
			ask_index(op, &info->head);
		return;
	}
	info = &op->infos[op->nr_infos - 1];
	if (op->btree)
		count_leaf(s->x.data, 0, op->nr, info);
	else
		count_objects(s->x.data, INODE_DATA_VIDS, op->nr, info);
	list_next(op);
}

static void list_step(struct sequence *s)
{
	struct vdi_op *op = op_of(s);

	if (ask_vdis(op, s->at))
		return;
	if (s->at == ASK_VDIS)
		list_next(op);
	else
		list_inode_step(op);
}

void frontend_list(struct frontend *f, outcome_fn done, void *arg)
{
	op_start(f, (struct vdi_op){.next = 1, .done = done, .arg = arg}, list_step);
}

/* ------------------------------------------------------------------ delete */

/*
 * Zeroes the next batch of the index, from the first entry that is set to the last that the VDI has
 * room for; like dog it writes at least once, even if that is nothing. False: all is zeroed.
 */
static bool zero_batch(struct vdi_op *op, bool first)
{
	uint32_t n;

	while (op->next < op->nr && inode_data_vid(op->inode, 0, op->next) == 0)
		op->next++;
	if (op->next == op->nr && !first)
		return false;
	n = op->nr - op->next < DELETE_BATCH ? op->nr - op->next : DELETE_BATCH;
	ask_write(op, SD_OP_WRITE_OBJ, SD_FLAG_CMD_DIRECT, sd_vid_to_inode_oid(op->vid),
		  INODE_DATA_VIDS + 4ull * op->next, n ? blob_zero(4ull * n) : NULL);
	op->next += n;
	return true;
}

/* The VDI is gone; an open disk of that name must be opened again. */
static void forget_deleted(struct vdi_op *op)
{
	struct disk *d, *next;

	for (d = TAILQ_FIRST(&op->frontend->disks); d; d = next) {
		next = TAILQ_NEXT(d, link);
		if (d->state == DISK_OPEN && d->vid == op->vid)
			disk_forget(d);
	}
}

static void delete_step(struct sequence *s)
{
	struct vdi_op *op = op_of(s);

	switch (s->at) {
	case 0:
		ask_vdi(s, SD_OP_GET_VDI_INFO, SD_PROTO_VER, &op->vdi);
		return;
	case 1:
		op->vid = s->x.rsp.vdi.vdi_id;
		request_object(&s->x.req, SD_OP_READ_OBJ, 0, sd_vid_to_inode_oid(op->vid), 0,
			       SD_INODE_SIZE);
		sequence_send(s, NULL);
		return;
	case 2:
		if (inode_head_decode(s->x.data, &op->head, NULL) < 0) {
			sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS, "its inode is malformed");
			return;
		}
		op->inode = blob_ref(s->x.data);
		op->nr = nr_objects(&op->head);
		zero_batch(op, true);
		return;
	default:
		if (s->x.req.opcode == SD_OP_DEL_VDI) {
			forget_deleted(op);
			op_succeed(op);
		} else if (!zero_batch(op, false)) {
			ask_vdi(s, SD_OP_DEL_VDI, SD_PROTO_VER, &op->vdi);
		}
	}
}

void frontend_delete(struct frontend *f, const struct vdi_name *vdi, outcome_fn done, void *arg)
{
	op_start(f, (struct vdi_op){.vdi = *vdi, .done = done, .arg = arg}, delete_step);
}
