/*
 * The VDI layer of a node (behaviour.md section 6): its tables, and the operations on them.
 *
 *   vdi.c         tables: in-use and deleted vids, VDI table           R601-R603
 *   vdi_ops.c     what is answered from the tables; their notifications R614, R629
 *   vdi_fetch.c   the tables of others, at every accept                 R604, R605
 *   vdi_lookup.c  names, tags, snapshot ids                             R610-R612
 *   vdi_create.c  create, clone, snapshot, rollback                     R613-R619
 *   vdi_inode.c   what of an inode they change                          R615-R617
 *   vdi_delete.c  delete, vid recycling                                 R626, R627, R629, R635
 *   vdi_lock.c    locks, normal and shared                              R419, R620-R625
 *   vdi_collect.c lock state at a join                                  R606-R609
 *   vdi_attr.c    attributes                                            R628
 *   index_write.c writes to an inode's index, references                R630-R632
 *   ledger.c      reference counts of data objects                      R633
 *   vdi_io.c      the nested I/O of them all                            R007
 *
 * Each operation is a struct with its state and a chain of steps: a step gets the result of the one
 * before it and starts the next (D7).
 */
#ifndef SHEEPSIM_SHEEP_VDI_H
#define SHEEPSIM_SHEEP_VDI_H

#include "sheep/node.h"

struct vdi_lock;

/* An entry of the VDI table. */
struct vdi {
	uint32_t vid;
	uint8_t nr_copies;
	uint8_t copy_policy;
	uint8_t block_size_shift;
	bool snapshot;
	bool deleted; /* its deletion was seen here (R604) */
	/* Up to 0.7: nr_copies is but the low byte of a number that no cluster has zones for. */
	bool copies_everywhere;
	uint32_t parent_vid;
	struct vdi_lock *lock; /* NULL: never locked */
};

void vdis_init(struct sheep *s);
void vdis_free(struct sheep *s);

/* Format: everything forgotten (R224). */
void vdis_clear(struct sheep *s);

/* NULL: unknown. Valid until the VDI is forgotten. */
struct vdi *vdi_find(const struct sheep *s, uint32_t vid);

/* Adds or overwrites an entry (R602); parent 0: kept as it is. vid must be valid. */
struct vdi *vdi_add(struct sheep *s, uint32_t vid, uint8_t nr_copies, uint8_t copy_policy,
		    uint8_t block_size_shift, bool snapshot, uint32_t parent);

/* Vids that cannot be are never in use, and ignored when they are set. */
bool vdi_in_use(const struct sheep *s, uint32_t vid);
void vdi_set_in_use(struct sheep *s, uint32_t vid);
void vdi_set_deleted(struct sheep *s, uint32_t vid);

/* Nobody has seen a deletion (R604): at levels that do not tell of them (V10). */
void vdis_unmark_deleted(struct sheep *s);

/* The bitmaps as payload of READ_VDIS and READ_DEL_VDIS: new references. */
struct blob *vdi_bitmap(struct sheep *s, bool deleted);

/* An inode object was found in the store when it was opened (R602). */
void vdi_found_inode(struct sheep *s, uint64_t oid, struct blob *inode);

/* The table, ascending vid: *states is to be free()d. How many is the result. */
size_t vdi_table(const struct sheep *s, struct vdi_state **states);

/* The same as payload of GET_VDI_COPIES, as a dialect has it (V4); a new reference. */
struct blob *vdi_states(const struct sheep *s, enum dialect d);
void vdi_state_of(const struct vdi *v, struct vdi_state *state);

/* An accept was delivered: queues the fetch (R604). joiner: as in the event. */
void vdi_fetch_start(struct sheep *s, const struct node_rec *joiner, const struct members *m);

/* The most data strips of any coded VDI in the table; 0: there is none (R542). */
uint32_t vdis_max_data_strips(const struct sheep *s);

/* No fetch is outstanding (R605). */
bool vdi_ready(const struct sheep *s);

/* Nothing of this layer is under way that no request or queue shows: no fetch, no collection. */
bool vdi_idle(const struct sheep *s);

/* A node has left: its shared locks go (R623). */
void vdi_node_left(struct sheep *s, const struct node_id *id);

/* Step 6 of an accept (R213): the joiner's collection job, the others' checkpoint. */
void vdi_joined(struct sheep *s, const struct node_rec *joiner, const struct members *m);

/* The session was lost (R125): a collection under way is given up, the next join begins another. */
void vdi_session_lost(struct sheep *s);

/* Bodies and effects of the operation tables. */
void vdi_new_work(struct request *r); /* NEW_VDI */
uint32_t vdi_new_effect(struct sheep *s, const struct cluster_msg *m);
void vdi_info_work(struct request *r); /* GET_VDI_INFO */
void vdi_lock_work(struct request *r); /* LOCK_VDI */
uint32_t vdi_lock_effect(struct sheep *s, const struct cluster_msg *m);
void vdi_release_work(struct request *r); /* RELEASE_VDI */
uint32_t vdi_release_effect(struct sheep *s, const struct cluster_msg *m);
void vdi_delete_work(struct request *r); /* DEL_VDI */
uint32_t vdi_delete_effect(struct sheep *s, const struct cluster_msg *m);
void vdi_attr_work(struct request *r); /* GET_VDI_ATTR */
uint32_t vdi_notify_add_effect(struct sheep *s, const struct cluster_msg *m);
uint32_t vdi_notify_del_effect(struct sheep *s, const struct cluster_msg *m);
uint32_t vdi_coherence_effect(struct sheep *s, const struct cluster_msg *m);
void vdi_checkpoint_work(struct request *r); /* VDI_STATE_CHECKPOINT_CTL */
void vdi_read_vdis_work(struct request *r);  /* READ_VDIS, READ_DEL_VDIS */
void vdi_get_copies_work(struct request *r); /* GET_VDI_COPIES */

/*
 * R419: may this write, create or read go on? SUCCESS, READONLY or INODE_INVALIDATED.
 * Called by the gateway before it sends anything.
 */
uint32_t vdi_gateway_check(const struct request *r);

/*
 * R420, R630: a WRITE that lies in an inode's index: does all of R630 around the plain write, which
 * is gateway_forward() of r, and ends the request. False: the request is none of these.
 */
bool index_write_applies(const struct request *r);
void index_write_start(struct request *r);

/*
 * R625: a READ that refreshes an inode has brought its data, in r->out: validates, then calls
 * request_end(). To be asked when the data is there.
 */
bool vdi_refresh_applies(const struct request *r);
void vdi_refresh_done(struct request *r);

/* DECREF_PEER (R633), the body. */
void ledger_decref_work(struct request *r);

#endif
