/*
 * The fields of headers and records, once: what encodes, decodes and names them comes from these
 * lists. Used by this folder only.
 *
 * F(member, kind, format): a member that has one name in the wire structure and in the host form.
 * V(variant, member, kind, format): the same inside a variant of a header.
 * kind: u8, le16, le32, le64, les32 (signed), bytes (as they are), text (NUL-padded), nid
 * (node_id). format: how text.c shows it (enum field_format).
 */
#ifndef SHEEPSIM_WIRE_FIELDS_H
#define SHEEPSIM_WIRE_FIELDS_H

#include <string.h>

#include "sheepsim/wire/header.h"

#define REQ_FIELDS(F)                                                                              \
	F(proto_ver, u8, NUMBER)                                                                   \
	F(opcode, u8, OPCODE)                                                                      \
	F(flags, le16, FLAGS)                                                                      \
	F(epoch, le32, NUMBER)                                                                     \
	F(id, le32, NUMBER)                                                                        \
	F(data_length, le32, NUMBER)

#define REQ_OBJ_FIELDS(V)                                                                          \
	V(obj, oid, le64, OID)                                                                     \
	V(obj, cow_oid, le64, OID)                                                                 \
	V(obj, copies, u8, NUMBER)                                                                 \
	V(obj, copy_policy, u8, HEX)                                                               \
	V(obj, ec_index, u8, NUMBER)                                                               \
	V(obj, tgt_epoch, le32, NUMBER)                                                            \
	V(obj, offset, le32, NUMBER)

#define REQ_VDI_FIELDS(V)                                                                          \
	V(vdi, vdi_size, le64, NUMBER)                                                             \
	V(vdi, base_vdi_id, le32, VID)                                                             \
	V(vdi, copies, u8, NUMBER)                                                                 \
	V(vdi, copy_policy, u8, HEX)                                                               \
	V(vdi, store_policy, u8, NUMBER)                                                           \
	V(vdi, block_size_shift, u8, NUMBER)                                                       \
	V(vdi, snapid, le32, NUMBER)                                                               \
	V(vdi, type, le32, LOCK_TYPE)

#define REQ_CLUSTER_FIELDS(V)                                                                      \
	V(cluster, oid, le64, OID)                                                                 \
	V(cluster, ctime, le64, TIME)                                                              \
	V(cluster, copies, u8, NUMBER)                                                             \
	V(cluster, copy_policy, u8, HEX)                                                           \
	V(cluster, flags, le16, CLUSTER_FLAGS)                                                     \
	V(cluster, tag, le32, NUMBER)                                                              \
	V(cluster, nodes_nr, le32, NUMBER)                                                         \
	V(cluster, block_size_shift, u8, NUMBER)

#define REQ_VDI_STATE_FIELDS(V)                                                                    \
	V(vdi_state, old_vid, le32, VID)                                                           \
	V(vdi_state, new_vid, le32, VID)                                                           \
	V(vdi_state, copies, u8, NUMBER)                                                           \
	V(vdi_state, set_bitmap, u8, NUMBER)                                                       \
	V(vdi_state, copy_policy, u8, HEX)                                                         \
	V(vdi_state, block_size_shift, u8, NUMBER)

#define REQ_REF_FIELDS(V)                                                                          \
	V(ref, oid, le64, OID)                                                                     \
	V(ref, generation, le32, NUMBER)                                                           \
	V(ref, count, le32, NUMBER)

#define REQ_FORW_FIELDS(V)                                                                         \
	V(forw, oid, le64, OID)                                                                    \
	V(forw, addr, bytes, ADDRESS)                                                              \
	V(forw, port, le16, NUMBER)

#define REQ_CHECKPOINT_FIELDS(V)                                                                   \
	V(checkpoint, get, le32, NUMBER)                                                           \
	V(checkpoint, tgt_epoch, le32, NUMBER)                                                     \
	V(checkpoint, vid, le32, VID)

#define REQ_COHERENCE_FIELDS(V)                                                                    \
	V(coherence, vid, le32, VID)                                                               \
	V(coherence, validate, le32, NUMBER)

#define REQ_LEVEL_FIELDS(V)                                                                        \
	V(level, version, u8, NUMBER)                                                              \
	V(level, family, u8, NUMBER)                                                               \
	V(level, force, u8, NUMBER)

/* The variants of a request: X(VARIANT_*, member, list of its fields). */
#define REQ_VARIANTS(X)                                                                            \
	X(VARIANT_OBJ, obj, REQ_OBJ_FIELDS)                                                        \
	X(VARIANT_VDI, vdi, REQ_VDI_FIELDS)                                                        \
	X(VARIANT_CLUSTER, cluster, REQ_CLUSTER_FIELDS)                                            \
	X(VARIANT_VDI_STATE, vdi_state, REQ_VDI_STATE_FIELDS)                                      \
	X(VARIANT_REF, ref, REQ_REF_FIELDS)                                                        \
	X(VARIANT_FORW, forw, REQ_FORW_FIELDS)                                                     \
	X(VARIANT_CHECKPOINT, checkpoint, REQ_CHECKPOINT_FIELDS)                                   \
	X(VARIANT_COHERENCE, coherence, REQ_COHERENCE_FIELDS)                                      \
	X(VARIANT_LEVEL, level, REQ_LEVEL_FIELDS)

/* result is in every variant; its place is that of the variant without fields. */
#define RSP_FIELDS(F)                                                                              \
	F(proto_ver, u8, NUMBER)                                                                   \
	F(opcode, u8, OPCODE)                                                                      \
	F(flags, le16, FLAGS)                                                                      \
	F(epoch, le32, NUMBER)                                                                     \
	F(id, le32, NUMBER)                                                                        \
	F(data_length, le32, NUMBER)

#define RSP_OBJ_FIELDS(V)                                                                          \
	V(obj, copies, u8, NUMBER)                                                                 \
	V(obj, offset, le64, NUMBER)

#define RSP_VDI_FIELDS(V)                                                                          \
	V(vdi, vdi_id, le32, VID)                                                                  \
	V(vdi, attr_id, le32, HEX)                                                                 \
	V(vdi, copies, u8, NUMBER)                                                                 \
	V(vdi, block_size_shift, u8, NUMBER)

#define RSP_NODE_FIELDS(V)                                                                         \
	V(node, nr_nodes, le32, NUMBER)                                                            \
	V(node, store_size, le64, NUMBER)                                                          \
	V(node, store_free, le64, NUMBER)

#define RSP_HASH_FIELDS(V) V(hash, digest, bytes, BYTES)

#define RSP_CLUSTER_DEFAULT_FIELDS(V)                                                              \
	V(cluster_default, nr_copies, u8, NUMBER)                                                  \
	V(cluster_default, copy_policy, u8, HEX)                                                   \
	V(cluster_default, block_size_shift, u8, NUMBER)

#define RSP_VARIANTS(X)                                                                            \
	X(VARIANT_OBJ, obj, RSP_OBJ_FIELDS)                                                        \
	X(VARIANT_VDI, vdi, RSP_VDI_FIELDS)                                                        \
	X(VARIANT_NODE, node, RSP_NODE_FIELDS)                                                     \
	X(VARIANT_HASH, hash, RSP_HASH_FIELDS)                                                     \
	X(VARIANT_CLUSTER_DEFAULT, cluster_default, RSP_CLUSTER_DEFAULT_FIELDS)

/* The variants of headers up to 0.7. */
#define REQ_OBJ_08_FIELDS(V)                                                                       \
	V(obj_08, oid, le64, OID)                                                                  \
	V(obj_08, cow_oid, le64, OID)                                                              \
	V(obj_08, copies, le32, NUMBER)                                                            \
	V(obj_08, tgt_epoch, le32, NUMBER)                                                         \
	V(obj_08, offset, le64, NUMBER)

#define REQ_VDI_08_FIELDS(V)                                                                       \
	V(vdi_08, vdi_size, le64, NUMBER)                                                          \
	V(vdi_08, base_vdi_id, le32, VID)                                                          \
	V(vdi_08, copies, le32, NUMBER)                                                            \
	V(vdi_08, snapid, le32, NUMBER)

#define REQ_CLUSTER_08_FIELDS(V)                                                                   \
	V(cluster_08, oid, le64, OID)                                                              \
	V(cluster_08, ctime, le64, TIME)                                                           \
	V(cluster_08, copies, le32, NUMBER)                                                        \
	V(cluster_08, tag, le32, NUMBER)

#define REQ_VDI_STATE_08_FIELDS(V)                                                                 \
	V(vdi_state_08, old_vid, le32, VID)                                                        \
	V(vdi_state_08, new_vid, le32, VID)                                                        \
	V(vdi_state_08, copies, le32, NUMBER)                                                      \
	V(vdi_state_08, set_bitmap, u8, NUMBER)

#define REQ_LIST_07A_FIELDS(V) V(list_07a, tgt_epoch, le32, NUMBER)

#define REQ_VARIANTS_08(X)                                                                         \
	X(VARIANT_OBJ_08, obj_08, REQ_OBJ_08_FIELDS)                                               \
	X(VARIANT_VDI_08, vdi_08, REQ_VDI_08_FIELDS)                                               \
	X(VARIANT_CLUSTER_08, cluster_08, REQ_CLUSTER_08_FIELDS)                                   \
	X(VARIANT_VDI_STATE_08, vdi_state_08, REQ_VDI_STATE_08_FIELDS)                             \
	X(VARIANT_LIST_07A, list_07a, REQ_LIST_07A_FIELDS)

#define RSP_OBJ_08_FIELDS(V)                                                                       \
	V(obj_08, copies, le32, NUMBER)                                                            \
	V(obj_08, offset, le64, NUMBER)

#define RSP_VDI_08_FIELDS(V)                                                                       \
	V(vdi_08, vdi_id, le32, VID)                                                               \
	V(vdi_08, attr_id, le32, HEX)                                                              \
	V(vdi_08, copies, le32, NUMBER)

#define RSP_NODE_08_FIELDS(V)                                                                      \
	V(node_08, nr_nodes, le32, NUMBER)                                                         \
	V(node_08, local_idx, le32, NUMBER)                                                        \
	V(node_08, master_idx, le32, NUMBER)                                                       \
	V(node_08, store_size, le64, NUMBER)                                                       \
	V(node_08, store_free, le64, NUMBER)

#define RSP_VARIANTS_08(X)                                                                         \
	X(VARIANT_OBJ_08, obj_08, RSP_OBJ_08_FIELDS)                                               \
	X(VARIANT_VDI_08, vdi_08, RSP_VDI_08_FIELDS)                                               \
	X(VARIANT_NODE_08, node_08, RSP_NODE_08_FIELDS)

#define NODE_ID_FIELDS(F)                                                                          \
	F(addr, bytes, ADDRESS)                                                                    \
	F(port, le16, NUMBER)                                                                      \
	F(io_addr, bytes, ADDRESS)                                                                 \
	F(io_port, le16, NUMBER)

#define NODE_FIELDS(F)                                                                             \
	F(nid, nid, NODE_ID)                                                                       \
	F(nr_vnodes, le16, NUMBER)                                                                 \
	F(zone, le32, NUMBER)                                                                      \
	F(space, le64, NUMBER)

#define CLUSTER_INFO_FIELDS(F)                                                                     \
	F(proto_ver, u8, NUMBER)                                                                   \
	F(disable_recovery, u8, NUMBER)                                                            \
	F(nr_nodes, le16, NUMBER)                                                                  \
	F(epoch, le32, NUMBER)                                                                     \
	F(ctime, le64, TIME)                                                                       \
	F(flags, le16, CLUSTER_FLAGS)                                                              \
	F(nr_copies, u8, NUMBER)                                                                   \
	F(copy_policy, u8, HEX)                                                                    \
	F(status, u8, STATUS)                                                                      \
	F(block_size_shift, u8, NUMBER)                                                            \
	F(family, u8, NUMBER)                                                                      \
	F(level_ver, u8, NUMBER)                                                                   \
	F(lowest_ver, u8, NUMBER)                                                                  \
	F(default_store, text, TEXT)

#define EPOCH_LOG_FIELDS(F)                                                                        \
	F(ctime, le64, TIME)                                                                       \
	F(time, le64, NUMBER)                                                                      \
	F(epoch, le32, NUMBER)                                                                     \
	F(nr_nodes, le32, NUMBER)                                                                  \
	F(disable_recovery, u8, NUMBER)                                                            \
	F(nr_copies, u8, NUMBER)                                                                   \
	F(copy_policy, u8, HEX)                                                                    \
	F(flags, le16, CLUSTER_FLAGS)                                                              \
	F(drv_name, text, TEXT)

/* The same in older dialects: members that they do not have stay out. */
#define CLUSTER_INFO_09_FIELDS(F)                                                                  \
	F(proto_ver, u8, NUMBER)                                                                   \
	F(disable_recovery, u8, NUMBER)                                                            \
	F(nr_nodes, le16, NUMBER)                                                                  \
	F(epoch, le32, NUMBER)                                                                     \
	F(ctime, le64, TIME)                                                                       \
	F(flags, le16, CLUSTER_FLAGS)                                                              \
	F(nr_copies, u8, NUMBER)                                                                   \
	F(copy_policy, u8, HEX)                                                                    \
	F(status, u8, STATUS)                                                                      \
	F(family, u8, NUMBER)                                                                      \
	F(level_ver, u8, NUMBER)                                                                   \
	F(lowest_ver, u8, NUMBER)                                                                  \
	F(default_store, text, TEXT)

#define CLUSTER_INFO_08_FIELDS(F)                                                                  \
	F(proto_ver, u8, NUMBER)                                                                   \
	F(disable_recovery, u8, NUMBER)                                                            \
	F(nr_nodes, le16, NUMBER)                                                                  \
	F(epoch, le32, NUMBER)                                                                     \
	F(ctime, le64, TIME)                                                                       \
	F(nr_copies, u8, NUMBER)                                                                   \
	F(status, u8, STATUS)                                                                      \
	F(default_store, text, TEXT)

#define JOIN_MESSAGE_07_FIELDS(F)                                                                  \
	F(proto_ver, u8, NUMBER)                                                                   \
	F(nr_copies, u8, NUMBER)                                                                   \
	F(nr_nodes, le16, NUMBER)                                                                  \
	F(nr_failed, le16, NUMBER)                                                                 \
	F(nr_delayed, le16, NUMBER)                                                                \
	F(status, le32, STATUS_07)                                                                 \
	F(epoch, le32, NUMBER)                                                                     \
	F(ctime, le64, TIME)                                                                       \
	F(inc_epoch, u8, NUMBER)                                                                   \
	F(disable_recovery, u8, NUMBER)                                                            \
	F(flags, le16, CLUSTER_FLAGS_07)                                                           \
	F(store, text, TEXT)

#define JOIN_MESSAGE_05_FIELDS(F)                                                                  \
	F(proto_ver, u8, NUMBER)                                                                   \
	F(nr_copies, u8, NUMBER)                                                                   \
	F(nr_nodes, le16, NUMBER)                                                                  \
	F(nr_failed, le16, NUMBER)                                                                 \
	F(nr_delayed, le16, NUMBER)                                                                \
	F(flags, le16, CLUSTER_FLAGS_07)                                                           \
	F(status, le32, STATUS_07)                                                                 \
	F(epoch, le32, NUMBER)                                                                     \
	F(inc_epoch, u8, NUMBER)                                                                   \
	F(store, text, TEXT)

#define NODE_05_FIELDS(F)                                                                          \
	F(addr, bytes, ADDRESS)                                                                    \
	F(port, le16, NUMBER)                                                                      \
	F(nr_vnodes, le16, NUMBER)                                                                 \
	F(zone, le32, NUMBER)

#define NODE_06_FIELDS(F)                                                                          \
	NODE_05_FIELDS(F)                                                                          \
	F(space, le64, NUMBER)

#define EPOCH_LOG_COMMON_FIELDS(F)                                                                 \
	F(ctime, le64, TIME)                                                                       \
	F(time, le64, NUMBER)                                                                      \
	F(epoch, le32, NUMBER)                                                                     \
	F(nr_nodes, le32, NUMBER)

#define EPOCH_LOG_07A_FIELDS(F)                                                                    \
	EPOCH_LOG_COMMON_FIELDS(F)                                                                 \
	F(nr_copies, le32, NUMBER)

#define EPOCH_LOG_08_FIELDS(F)                                                                     \
	EPOCH_LOG_COMMON_FIELDS(F)                                                                 \
	F(disable_recovery, u8, NUMBER)

#define EPOCH_LOG_09A_FIELDS(F)                                                                    \
	EPOCH_LOG_08_FIELDS(F)                                                                     \
	F(nr_copies, u8, NUMBER)                                                                   \
	F(copy_policy, u8, HEX)                                                                    \
	F(drv_name, text, TEXT)

#define VDI_STATE_07A_FIELDS(F)                                                                    \
	F(vid, le32, VID)                                                                          \
	F(nr_copies, le32, NUMBER)

#define VDI_STATE_09A_FIELDS(F)                                                                    \
	F(vid, le32, VID)                                                                          \
	F(nr_copies, u8, NUMBER)                                                                   \
	F(snapshot, u8, NUMBER)                                                                    \
	F(copy_policy, u8, HEX)

/* Without the participants, as below. */
#define VDI_STATE_09_FIELDS(F)                                                                     \
	F(vid, le32, VID)                                                                          \
	F(nr_copies, u8, NUMBER)                                                                   \
	F(snapshot, u8, NUMBER)                                                                    \
	F(copy_policy, u8, HEX)                                                                    \
	F(lock_state, le32, LOCK_STATE)                                                            \
	F(lock_owner, nid, NODE_ID)                                                                \
	F(nr_participants, le32, NUMBER)

/* Without the participants, which are two arrays. */
#define VDI_STATE_FIELDS(F)                                                                        \
	F(vid, le32, VID)                                                                          \
	F(nr_copies, u8, NUMBER)                                                                   \
	F(snapshot, u8, NUMBER)                                                                    \
	F(deleted, u8, NUMBER)                                                                     \
	F(copy_policy, u8, HEX)                                                                    \
	F(block_size_shift, u8, NUMBER)                                                            \
	F(parent_vid, le32, VID)                                                                   \
	F(lock_state, le32, LOCK_STATE)                                                            \
	F(lock_owner, nid, NODE_ID)                                                                \
	F(nr_participants, le32, NUMBER)

/* What the inodes of all releases have in common. */
#define INODE_COMMON_FIELDS(F)                                                                     \
	F(name, text, TEXT)                                                                        \
	F(tag, text, TEXT)                                                                         \
	F(create_time, le64, TIME)                                                                 \
	F(snap_ctime, le64, TIME)                                                                  \
	F(vm_clock_nsec, le64, NUMBER)                                                             \
	F(vdi_size, le64, NUMBER)                                                                  \
	F(vm_state_size, le64, NUMBER)                                                             \
	F(copy_policy, u8, HEX)                                                                    \
	F(store_policy, u8, NUMBER)                                                                \
	F(nr_copies, u8, NUMBER)                                                                   \
	F(block_size_shift, u8, NUMBER)                                                            \
	F(snap_id, le32, NUMBER)                                                                   \
	F(vdi_id, le32, VID)                                                                       \
	F(parent_vdi_id, le32, VID)

#define INODE_FIELDS(F)                                                                            \
	INODE_COMMON_FIELDS(F)                                                                     \
	F(btree_counter, le32, NUMBER)

#define GREF_FIELDS(F)                                                                             \
	F(generation, les32, SIGNED)                                                               \
	F(count, les32, SIGNED)

/* Without the value. */
#define VDI_ATTR_FIELDS(F)                                                                         \
	F(name, text, TEXT)                                                                        \
	F(tag, text, TEXT)                                                                         \
	F(ctime, le64, TIME)                                                                       \
	F(snap_id, le32, NUMBER)                                                                   \
	F(value_len, le32, NUMBER)                                                                 \
	F(key, text, TEXT)

#define INDEX_HEADER_FIELDS(F)                                                                     \
	F(magic, le16, HEX)                                                                        \
	F(depth, le16, NUMBER)                                                                     \
	F(entries, le32, NUMBER)

#define INDEX_FIELDS(F)                                                                            \
	F(idx, le32, NUMBER)                                                                       \
	F(vdi_id, le32, VID)

#define INDIRECT_INDEX_FIELDS(F)                                                                   \
	F(idx, le32, NUMBER)                                                                       \
	F(oid, le64, OID)

#define MD_INFO_FIELDS(F)                                                                          \
	F(idx, les32, SIGNED)                                                                      \
	F(free, le64, NUMBER)                                                                      \
	F(used, le64, NUMBER)                                                                      \
	F(path, text, TEXT)

#define RECOVERY_STATE_FIELDS(F)                                                                   \
	F(in_recovery, u8, NUMBER)                                                                 \
	F(state, le32, RECOVERY_STATE)                                                             \
	F(nr_finished, le64, NUMBER)                                                               \
	F(nr_total, le64, NUMBER)

#define RECOVERY_THROTTLING_FIELDS(F)                                                              \
	F(max_exec_count, le32, NUMBER)                                                            \
	F(queue_work_interval, le64, NUMBER)                                                       \
	F(throttling, u8, NUMBER)

#define STAT_FIELDS(F)                                                                             \
	F(gway_active, le64, NUMBER)                                                               \
	F(peer_active, le64, NUMBER)                                                               \
	F(gway_total, le64, NUMBER)                                                                \
	F(peer_total, le64, NUMBER)                                                                \
	F(gway_rx, le64, NUMBER)                                                                   \
	F(gway_tx, le64, NUMBER)                                                                   \
	F(peer_rx, le64, NUMBER)                                                                   \
	F(peer_tx, le64, NUMBER)                                                                   \
	F(gway_remove, le64, NUMBER)                                                               \
	F(gway_read, le64, NUMBER)                                                                 \
	F(gway_write, le64, NUMBER)                                                                \
	F(gway_flush, le64, NUMBER)                                                                \
	F(peer_remove, le64, NUMBER)                                                               \
	F(peer_read, le64, NUMBER)                                                                 \
	F(peer_write, le64, NUMBER)

/*
 * What a kind does to one member: d and s point to the members of destination and source. Arrays
 * have the size of the wire's; text in host form has room for one NUL more.
 */
#define ENCODE_u8(d, s)	   (*(d) = *(s))
#define ENCODE_le16(d, s)  (*(d) = sd_cpu_to_le16(*(s)))
#define ENCODE_le32(d, s)  (*(d) = sd_cpu_to_le32(*(s)))
#define ENCODE_le64(d, s)  (*(d) = sd_cpu_to_le64(*(s)))
#define ENCODE_les32(d, s) (*(d) = sd_cpu_to_le32((uint32_t) * (s)))
#define ENCODE_bytes(d, s) memcpy(d, s, sizeof(*(d)))
#define ENCODE_text(d, s)  memcpy(d, s, strnlen(*(s), sizeof(*(d))))
#define ENCODE_nid(d, s)   node_id_encode(s, d)

#define DECODE_u8(d, s)	   (*(d) = *(s))
#define DECODE_le16(d, s)  (*(d) = sd_le16_to_cpu(*(s)))
#define DECODE_le32(d, s)  (*(d) = sd_le32_to_cpu(*(s)))
#define DECODE_le64(d, s)  (*(d) = sd_le64_to_cpu(*(s)))
#define DECODE_les32(d, s) (*(d) = (int32_t)sd_le32_to_cpu(*(s)))
#define DECODE_bytes(d, s) memcpy(d, s, sizeof(*(s)))
#define DECODE_text(d, s)  decode_text(*(d), *(s), sizeof(*(s)))
#define DECODE_nid(d, s)   node_id_decode(s, d)

/* For lists of fields: from h (pointer to host form) to w (wire structure, zeroed), and back. */
#define ENCODE_FIELD(member, kind, format)	      ENCODE_##kind(&w.member, &h->member);
#define DECODE_FIELD(member, kind, format)	      DECODE_##kind(&h->member, &w.member);
#define ENCODE_VARIANT(variant, member, kind, format) ENCODE_FIELD(variant.member, kind, format)
#define DECODE_VARIANT(variant, member, kind, format) DECODE_FIELD(variant.member, kind, format)

/* For lists of variants: the fields of one. A decoded field is wiped: what is left of the wire
 * structure then is its reserved bytes. */
#define ENCODE_CASE(number, variant, FIELDS)                                                       \
	case number:                                                                               \
		FIELDS(ENCODE_VARIANT)                                                             \
		break;
#define DECODE_CASE(number, variant, FIELDS)                                                       \
	case number:                                                                               \
		FIELDS(DECODE_VARIANT)                                                             \
		FIELDS(WIPE_VARIANT)                                                               \
		break;
#define WIPE_VARIANT(variant, member, kind, format)                                                \
	memset(&w.variant.member, 0, sizeof(w.variant.member));

/* len bytes of NUL-padded text as a string; d has room for len + 1. */
static inline void decode_text(char *d, const char *s, size_t len)
{
	memcpy(d, s, len);
	d[len] = '\0';
}

#endif
