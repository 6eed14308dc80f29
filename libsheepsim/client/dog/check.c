/*
 * dog vdi check, cluster check: compares the copies of every object of a VDI, and repairs what is
 * missing or in the minority.
 */
#include <stdlib.h>
#include <string.h>

#include "client/dog/internal.h"
#include "sheep/ec.h"

/* One object while it is looked at. */
struct checking {
	uint64_t oid;
	uint32_t copies; /* holders; of coded data: strips */
	uint32_t good;	 /* index of a holder whose copy is right */
	uint8_t digest[SD_MAX_COPIES][20];
	bool there[SD_MAX_COPIES];
	struct blob *strip[SD_MAX_COPIES];
	uint32_t repaired;
	/* vdi check -e: what each node should have */
	uint64_t *oids[SD_MAX_NODES];
	size_t nr_oids[SD_MAX_NODES];
	size_t missing;
};

static void drop_strips(struct checking *c)
{
	for (uint32_t i = 0; i < SD_MAX_COPIES; i++) {
		blob_unref(c->strip[i]);
		c->strip[i] = NULL;
	}
}

static void checking_free(void *own)
{
	struct checking *c = own;

	drop_strips(c);
	for (uint32_t n = 0; n < SD_MAX_NODES; n++)
		free(c->oids[n]);
	free(c);
}

static struct checking *checking_of(struct dog *d)
{
	if (!d->own) {
		d->own = mem_alloc(sizeof(struct checking));
		d->own_free = checking_free;
	}
	return d->own;
}

static struct node_id *holder(struct dog *d, uint32_t i)
{
	return &d->nodes[d->holders[i]].nid;
}

static uint32_t data_strips(const struct dog *d)
{
	return sd_policy_data_strips(d->vdi.head.copy_policy);
}

/* ------------------------------------------------------------------ replicas */

static void take_digest(struct dog *d, struct checking *c)
{
	c->there[d->k] = d->result == SD_RES_SUCCESS;
	memcpy(c->digest[d->k], d->rsp.hash.digest, sizeof(c->digest[0]));
}

/* The copy that most others are like; the first of those. */
static void find_majority(struct dog *d, struct checking *c)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < d->nr_holders; i++) {
		uint32_t like = 0;

		for (uint32_t k = 0; k < d->nr_holders && c->there[i]; k++)
			like += c->there[k] && memcmp(c->digest[i], c->digest[k], 20) == 0;
		if (like > most) {
			most = like;
			c->good = i;
		}
	}
}

static bool is_good(const struct checking *c, uint32_t i)
{
	return c->there[i] && memcmp(c->digest[i], c->digest[c->good], 20) == 0;
}

static void ask_repair(struct dog *d, struct checking *c)
{
	struct req *q = dog_prepare(d, SD_OP_REPAIR_REPLICA, 0);
	const struct node_id *from = holder(d, c->good);

	q->epoch = d->epoch;
	q->forw.oid = c->oid;
	memcpy(q->forw.addr, from->addr, sizeof(q->forw.addr));
	q->forw.port = from->port;
	dog_send(d, holder(d, d->k), NULL);
}

static enum dog_next check_replicas(struct dog *d)
{
	struct checking *c = checking_of(d);
	struct req *q;

	DOG_BEGIN(d);
	dog_locate(d, c->oid, c->copies);
	for (d->k = 0; d->k < d->nr_holders; d->k++) {
		q = dog_prepare(d, SD_OP_GET_HASH, 0);
		q->obj.oid = c->oid;
		q->obj.tgt_epoch = d->epoch;
		dog_send(d, holder(d, d->k), NULL);
		DOG_AWAIT(d);
		take_digest(d, c);
	}
	find_majority(d, c);
	if (!c->there[c->good]) {
		dog_say(d, "no node has object %016llx\n", (unsigned long long)c->oid);
		return DOG_ENDS;
	}
	for (d->k = 0; d->k < d->nr_holders; d->k++) {
		if (is_good(c, d->k))
			continue;
		ask_repair(d, c);
		DOG_AWAIT(d);
		dog_say(d, "%s %s%016llx\n",
			d->result == SD_RES_SUCCESS ? "fixed" : "failed to fix",
			c->there[d->k] ? "replica " : "missing ", (unsigned long long)c->oid);
	}
	DOG_END(d);
}

/* ------------------------------------------------------------------ strips */

/* Strip k as d others have it; NULL: too few are there. */
static struct blob *rebuild(struct dog *d, struct checking *c, uint32_t k)
{
	struct blob *from[SD_MAX_COPIES];
	uint8_t have[SD_MAX_COPIES];
	uint32_t nr = 0;

	for (uint32_t i = 0; i < c->copies && nr < data_strips(d); i++) {
		if (i == k || !c->strip[i])
			continue;
		have[nr] = (uint8_t)i;
		from[nr++] = c->strip[i];
	}
	if (nr < data_strips(d))
		return NULL;
	return ec_decode(d->vdi.head.copy_policy, have, from, (uint8_t)k);
}

/* Do all strips belong together? */
static bool strips_agree(struct dog *d, struct checking *c)
{
	for (uint32_t k = data_strips(d); k < c->copies; k++) {
		struct blob *right = rebuild(d, c, k);
		bool same = right && blob_equal(right, c->strip[k]);

		blob_unref(right);
		if (!same)
			return false;
	}
	return true;
}

static void ask_strip(struct dog *d, struct checking *c)
{
	struct req *q = dog_prepare(d, SD_OP_READ_PEER, 0);

	q->epoch = d->epoch;
	q->obj.oid = c->oid;
	q->obj.ec_index = (uint8_t)d->k;
	q->obj.tgt_epoch = d->epoch;
	q->data_length = (uint32_t)(dog_object_size(&d->vdi.head) / data_strips(d));
	dog_send(d, holder(d, d->k), NULL);
}

static void ask_store_strip(struct dog *d, struct checking *c)
{
	struct req *q =
		dog_prepare(d, SD_OP_CREATE_AND_WRITE_PEER, (uint32_t)blob_size(c->strip[d->k]));

	q->epoch = d->epoch;
	q->flags = SD_FLAG_CMD_WRITE;
	q->obj.oid = c->oid;
	q->obj.ec_index = (uint8_t)d->k;
	dog_send(d, holder(d, d->k), blob_ref(c->strip[d->k]));
}

static enum dog_next check_strips(struct dog *d)
{
	struct checking *c = checking_of(d);

	DOG_BEGIN(d);
	dog_locate(d, c->oid, c->copies);
	for (d->k = 0; d->k < c->copies; d->k++) {
		ask_strip(d, c);
		DOG_AWAIT(d);
		if (d->result == SD_RES_SUCCESS && d->data)
			c->strip[d->k] = blob_ref(d->data);
	}
	for (d->k = 0; d->k < c->copies; d->k++) {
		if (c->strip[d->k])
			continue;
		c->strip[d->k] = rebuild(d, c, d->k);
		if (!c->strip[d->k]) {
			dog_say(d, "failed to rebuild object %016llx\n",
				(unsigned long long)c->oid);
			drop_strips(c);
			return DOG_ENDS;
		}
		c->repaired++;
		ask_store_strip(d, c);
		DOG_AWAIT(d);
		dog_say(d, "%s missing %016llx, copy index %u\n",
			d->result == SD_RES_SUCCESS ? "fixed" : "failed to fix",
			(unsigned long long)c->oid, d->k);
	}
	if (!c->repaired && !strips_agree(d, c))
		dog_say(d, "object %016llx is inconsistent\n", (unsigned long long)c->oid);
	drop_strips(c);
	DOG_END(d);
}

/* ------------------------------------------------------------------ all of a VDI */

/* The i-th object to look at: the inode first; false: object i - 1 is not there. */
static bool take_object(struct dog *d, uint32_t i)
{
	struct checking *c = checking_of(d);
	uint32_t owner = i ? dog_owner(&d->vdi, i - 1) : d->vdi.vid;

	c->copies = d->vdi.head.nr_copies;
	c->good = 0;
	c->repaired = 0;
	c->oid = i ? sd_vid_to_data_oid(owner, i - 1) : sd_vid_to_inode_oid(owner);
	return owner != 0;
}

static bool is_coded(const struct dog *d)
{
	return d->i > 0 && d->vdi.head.copy_policy;
}

static enum dog_next check_objects(struct dog *d)
{
	DOG_BEGIN(d);
	for (d->i = 0; d->i <= dog_nr_objects(&d->vdi.head); d->i++) {
		if (!take_object(d, d->i))
			continue;
		if (is_coded(d))
			DOG_CALL(d, check_strips);
		else
			DOG_CALL(d, check_replicas);
	}
	dog_say(d, "finish check&repair %s\n", d->vdi.head.name);
	DOG_END(d);
}

/* Can there be a strip on each of so many nodes? If not, says so. */
static bool has_zones(struct dog *d)
{
	if (!d->vdi.head.copy_policy || dog_count_zones(d) >= d->vdi.head.nr_copies)
		return true;
	dog_warn(d, "ABORT: Not enough active zones for consistency-checking erasure coded VDI\n");
	return false;
}

/* ------------------------------------------------------------------ vdi check -e */

static void expect_at_holders(struct dog *d, struct checking *c)
{
	dog_locate(d, c->oid, c->copies);
	for (uint32_t i = 0; i < d->nr_holders; i++) {
		uint32_t n = d->holders[i];

		c->oids[n] = mem_grow(c->oids[n], c->nr_oids[n], sizeof(uint64_t));
		c->oids[n][c->nr_oids[n]++] = c->oid;
	}
}

static struct blob *oids_blob(struct checking *c, uint32_t n)
{
	struct blob *b = blob_zero(c->nr_oids[n] * 8);
	uint8_t bytes[8];

	for (size_t i = 0; i < c->nr_oids[n]; i++) {
		put_le64(bytes, c->oids[n][i]);
		b = blob_write(b, i * 8, bytes, sizeof(bytes));
	}
	free(c->oids[n]);
	c->oids[n] = NULL;
	return b;
}

static void say_missing(struct dog *d, struct checking *c)
{
	uint8_t bytes[8];
	char id[64];

	for (uint64_t at = 0; at + 8 <= blob_size(d->data); at += 8) {
		blob_read(d->data, at, bytes, sizeof(bytes));
		dog_say(d, "[%s] oid %016llx is missing.\n", dog_node(&d->nodes[d->k].nid, id),
			(unsigned long long)get_le64(bytes));
		c->missing++;
	}
}

static enum dog_next check_existence(struct dog *d)
{
	struct checking *c = checking_of(d);
	struct req *q;

	DOG_BEGIN(d);
	for (uint32_t i = 0; i <= dog_nr_objects(&d->vdi.head); i++) {
		if (take_object(d, i))
			expect_at_holders(d, c);
	}
	for (d->k = 0; d->k < d->nr_nodes; d->k++) {
		if (!c->nr_oids[d->k])
			continue;
		q = dog_prepare(d, SD_OP_OIDS_EXIST, (uint32_t)c->nr_oids[d->k] * 8);
		q->flags = SD_FLAG_CMD_WRITE | SD_FLAG_CMD_PIGGYBACK;
		dog_send(d, &d->nodes[d->k].nid, oids_blob(c, d->k));
		DOG_AWAIT(d);
		say_missing(d, c);
	}
	if (c->missing) {
		dog_say(d, "%s lost %zu object(s).\n", d->vdi.head.name, c->missing);
		return dog_stop(d, DOG_FAILED);
	}
	dog_say(d, "%s is fine, no object is missing.\n", d->vdi.head.name);
	DOG_END(d);
}

/* ------------------------------------------------------------------ commands */

enum dog_next dog_vdi_check(struct dog *d)
{
	DOG_BEGIN(d);
	dog_take_name(d);
	DOG_CALL(d, dog_prelude);
	DOG_CALL(d, dog_read_vdi);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	if (d->o.exist) {
		DOG_CALL(d, check_existence);
	} else {
		if (!has_zones(d))
			return dog_stop(d, DOG_FAILED);
		DOG_CALL(d, check_objects);
	}
	DOG_END(d);
}

static enum dog_next visit(struct dog *d)
{
	const struct inode_head *h = &d->vdi.head;

	DOG_BEGIN(d);
	if (h->snap_ctime)
		dog_say(d, "fix snapshot %s (id: %u, tag: \"%s\")\n", h->name, h->snap_id, h->tag);
	else
		dog_say(d, "fix vdi %s\n", h->name);
	if (has_zones(d))
		DOG_CALL(d, check_objects);
	DOG_END(d);
}

enum dog_next dog_cluster_check(struct dog *d)
{
	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	dog_begin_list(d, true, visit);
	DOG_CALL(d, dog_list);
	DOG_END(d);
}
