/* What many commands ask. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client/dog/internal.h"
#include "placement/commons.h"
#include "placement/members.h"
#include "placement/view.h"

void dog_take_name(struct dog *d)
{
	strncpy(d->vdi.name.name, d->words[0], SD_MAX_VDI_LEN - 1);
	strcpy(d->vdi.name.tag, d->o.tag);
	d->vdi.name.snapid = d->o.snapid;
}

bool dog_confirmed(const struct dog *d)
{
	char answer[4] = "";

	blob_read(d->input, 0, answer, 3);
	return d->o.force || strcmp(answer, "yes") == 0;
}

/* ------------------------------------------------------------------ nodes */

static bool take_nodes(struct dog *d)
{
	uint32_t nr = d->rsp.node.nr_nodes;

	if (nr > SD_MAX_NODES || blob_size(d->data) < (uint64_t)nr * SD_NODE_SIZE)
		return false;
	d->nr_nodes = nr;
	return node_list_decode(d->data, 0, nr, &d->nodes, NULL) == 0;
}

enum dog_next dog_prelude(struct dog *d)
{
	uint8_t head[EPOCH_LOG_HEAD];

	DOG_BEGIN(d);
	dog_ask(d, SD_OP_GET_NODE_LIST, SD_MAX_NODES * SD_NODE_SIZE);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS || !take_nodes(d)) {
		dog_say(d, "Failed to get node list\n");
		return dog_stop(d, DOG_NO_SHEEP);
	}
	if (d->nr_nodes == 0) {
		dog_say(d, "There are no active sheep daemons\n");
		return dog_stop(d, DOG_FAILED);
	}
	dog_ask(d, SD_OP_STAT_CLUSTER, EPOCH_LOG_HEAD);
	DOG_AWAIT(d);
	d->cluster_result = d->result;
	d->epoch = d->rsp.epoch;
	if (blob_size(d->data) >= sizeof(head)) {
		blob_read(d->data, 0, head, sizeof(head));
		epoch_log_decode(head, &d->cluster);
	}
	DOG_END(d);
}

void dog_locate(struct dog *d, uint64_t oid, uint32_t copies)
{
	struct commons *c = commons_new();
	struct members *m = members_get(c, d->nodes, (uint32_t)d->nr_nodes);
	struct view *v =
		view_get(c, m, false,
			 dialect_info(d->dialect)->old_placement ? PLACEMENT_08 : PLACEMENT_NOW);
	uint16_t holders[MAX_ZONES];

	d->nr_holders = view_vnodes(v) ? view_holders(v, oid, copies, holders) : 0;
	for (uint32_t i = 0; i < d->nr_holders; i++)
		d->holders[i] = holders[i];
	view_unref(c, v);
	members_unref(c, m);
	commons_free(c);
}

void dog_take_info(const struct dog *d, struct cluster_info *info)
{
	struct node_rec *nodes = NULL;

	if (!d->data || dialect_cluster_info_decode(d->dialect, d->data, info, &nodes, NULL) < 0)
		*info = (struct cluster_info){0};
	free(nodes);
}

bool dog_lacks_option(struct dog *d, const struct req *q)
{
	bool lacks = dialect_refuses(d->dialect, q);

	if (lacks)
		dog_say(d, "dog of this release has no such option\n");
	return lacks;
}

uint32_t dog_count_zones(const struct dog *d)
{
	uint32_t zones = 0;

	for (size_t i = 0; i < d->nr_nodes; i++) {
		size_t k = 0;

		while (k < i && d->nodes[k].zone != d->nodes[i].zone)
			k++;
		zones += k == i;
	}
	return zones;
}

/* ------------------------------------------------------------------ objects */

void dog_ask_read(struct dog *d, uint16_t flags, uint64_t oid, uint64_t offset, uint64_t len)
{
	request_object(&d->x.req, SD_OP_READ_OBJ, flags, oid, offset, len);
	d->x.req.proto_ver = SD_PROTO_VER;
	dog_send(d, NULL, NULL);
}

void dog_ask_write(struct dog *d, const struct dog_vdi *v, uint8_t opcode, uint16_t flags,
		   uint64_t oid, uint64_t offset, struct blob *data)
{
	struct req *q = &d->x.req;

	request_object(q, opcode, SD_FLAG_CMD_WRITE | flags, oid, offset, blob_size(data));
	q->proto_ver = SD_PROTO_VER;
	q->obj.copies = v->head.nr_copies;
	q->obj.copy_policy = v->head.copy_policy;
	dog_send(d, NULL, data);
}

/* ------------------------------------------------------------------ VDIs */

void dog_ask_vdi(struct dog *d, uint8_t opcode, const struct vdi_name *name)
{
	char words[SD_MAX_VDI_LEN + SD_MAX_VDI_TAG_LEN] = {0};
	struct req *q = dog_prepare(d, opcode, sizeof(words));

	memcpy(words, name->name, SD_MAX_VDI_LEN);
	memcpy(words + SD_MAX_VDI_LEN, name->tag, SD_MAX_VDI_TAG_LEN);
	q->flags = SD_FLAG_CMD_WRITE;
	q->vdi.snapid = name->snapid;
	dog_send(d, NULL, blob_new(words, sizeof(words)));
}

void dog_ask_new(struct dog *d, const struct req *fields, const char *name)
{
	char word[SD_MAX_VDI_LEN] = {0};
	struct req *q = dog_prepare(d, SD_OP_NEW_VDI, sizeof(word));

	strncpy(word, name, sizeof(word) - 1);
	q->flags = SD_FLAG_CMD_WRITE;
	q->vdi = fields->vdi;
	dog_send(d, NULL, blob_new(word, sizeof(word)));
}

enum dog_next dog_find_vdi(struct dog *d)
{
	const struct vdi_name *name = &d->vdi.name;

	DOG_BEGIN(d);
	dog_ask_vdi(d, SD_OP_GET_VDI_INFO, name);
	DOG_AWAIT(d);
	d->vdi.vid = d->rsp.vdi.vdi_id;
	if (d->result != SD_RES_SUCCESS)
		dog_say(d, "Failed to open VDI %s (snapshot id: %u snapshot tag: %s): %s\n",
			name->name, name->snapid, name->tag, dog_result(d->result));
	DOG_END(d);
}

bool dog_take_head(struct dog *d, struct dog_vdi *v)
{
	blob_unref(v->inode);
	v->inode = d->data ? blob_ref(d->data) : NULL;
	return blob_size(d->data) >= INODE_HEAD && inode_head_decode(d->data, &v->head, NULL) == 0;
}

static void say_unread(struct dog *d, uint64_t oid)
{
	dog_say(d, "Failed to read object %016llx %s\n", (unsigned long long)oid,
		dog_result(d->result));
	dog_say(d, "Failed to read inode header\n");
}

static enum dog_next read_inode(struct dog *d, uint32_t len)
{
	uint64_t oid = sd_vid_to_inode_oid(d->vdi.vid);

	DOG_BEGIN(d);
	DOG_CALL(d, dog_find_vdi);
	if (d->result != SD_RES_SUCCESS)
		return DOG_ENDS;
	dog_ask_read(d, SD_FLAG_CMD_DIRECT, sd_vid_to_inode_oid(d->vdi.vid), 0, len);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS || !dog_take_head(d, &d->vdi))
		say_unread(d, oid);
	DOG_END(d);
}

enum dog_next dog_read_vdi(struct dog *d)
{
	return read_inode(d, (uint32_t)dog_inode_size(d));
}

enum dog_next dog_read_header(struct dog *d)
{
	return read_inode(d, INODE_HEAD);
}

uint64_t dog_inode_size(const struct dog *d)
{
	return dialect_info(d->dialect)->inode_size;
}

uint64_t dog_object_size(const struct inode_head *h)
{
	return h->block_size_shift < 64 ? UINT64_C(1) << h->block_size_shift : 0;
}

uint32_t dog_nr_objects(const struct inode_head *h)
{
	uint64_t size = dog_object_size(h);
	uint64_t nr = size ? h->vdi_size / size + (h->vdi_size % size != 0) : 0;

	return nr < INODE_NR_DATA || h->store_policy ? (uint32_t)nr : INODE_NR_DATA;
}

static uint32_t btree_owner(const struct dog_vdi *v, uint32_t i)
{
	struct btree_head root;

	if (btree_head_decode(v->inode, INODE_DATA_VIDS, &root, NULL) < 0 || root.depth != 1)
		return 0;
	for (uint32_t k = 0; k < root.entries; k++) {
		struct btree_entry e = btree_entry_at(v->inode, INODE_DATA_VIDS, k);

		if (e.idx == i)
			return e.vdi_id;
	}
	return 0;
}

uint32_t dog_owner(const struct dog_vdi *v, uint32_t i)
{
	if (v->head.store_policy != SD_STORE_POLICY_FLAT)
		return btree_owner(v, i);
	return i < INODE_NR_DATA ? inode_data_vid(v->inode, 0, i) : 0;
}
