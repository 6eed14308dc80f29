/*
 * Sizes and offsets of every structure on the wire, as measured on real sheepdog (wire-protocols
 * section 2): a table of assertions for the compiler. Nothing of it is in the program. It is one
 * table in three files, by header of include/sheepsim/wire:
 *
 *   layout.c           header, frontend, peer, admin, cluster, object, driver; shepherd
 *   layout_older.c     older, older_header: what those are in releases up to 0.9
 *   layout_drivers.c   local, corosync, zookeeper; shepherd of 0.6 and 0.7
 *
 * types.h is checked by the unit tests, operation.h has no structures. That no structure is
 * missing is what `headers laid out' (tests/unit/wire/laid_out) tests.
 */
#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/peer.h"
#include "sheepsim/wire/shepherd.h"
#include "wire/layout.h"

SIZE(sd_req, 48);
AT(sd_req, proto_ver, 0);
AT(sd_req, opcode, 1);
AT(sd_req, flags, 2);
AT(sd_req, epoch, 4);
AT(sd_req, id, 8);
AT(sd_req, data_length, 12);
SIZE(sd_req_obj, 32);
AT(sd_req, obj.oid, 16);
AT(sd_req, obj.cow_oid, 24);
AT(sd_req, obj.copies, 32);
AT(sd_req, obj.copy_policy, 33);
AT(sd_req, obj.ec_index, 34);
AT(sd_req, obj.reserved, 35);
AT(sd_req, obj.tgt_epoch, 36);
AT(sd_req, obj.offset, 40);
AT(sd_req, obj.pad, 44);
SIZE(sd_req_vdi, 32);
AT(sd_req, vdi.vdi_size, 16);
AT(sd_req, vdi.base_vdi_id, 24);
AT(sd_req, vdi.copies, 28);
AT(sd_req, vdi.copy_policy, 29);
AT(sd_req, vdi.store_policy, 30);
AT(sd_req, vdi.block_size_shift, 31);
AT(sd_req, vdi.snapid, 32);
AT(sd_req, vdi.type, 36);
AT(sd_req, vdi.reserved, 40);
SIZE(sd_req_cluster, 32);
AT(sd_req, cluster.oid, 16);
AT(sd_req, cluster.ctime, 24);
AT(sd_req, cluster.copies, 32);
AT(sd_req, cluster.copy_policy, 33);
AT(sd_req, cluster.flags, 34);
AT(sd_req, cluster.tag, 36);
AT(sd_req, cluster.nodes_nr, 40);
AT(sd_req, cluster.block_size_shift, 44);
AT(sd_req, cluster.reserved, 45);
SIZE(sd_req_vdi_state, 32);
AT(sd_req, vdi_state.old_vid, 16);
AT(sd_req, vdi_state.new_vid, 20);
AT(sd_req, vdi_state.copies, 24);
AT(sd_req, vdi_state.set_bitmap, 25);
AT(sd_req, vdi_state.copy_policy, 26);
AT(sd_req, vdi_state.block_size_shift, 27);
AT(sd_req, vdi_state.reserved, 28);
SIZE(sd_req_ref, 32);
AT(sd_req, ref.oid, 16);
AT(sd_req, ref.generation, 24);
AT(sd_req, ref.count, 28);
AT(sd_req, ref.reserved, 32);
SIZE(sd_req_forw, 32);
AT(sd_req, forw.oid, 16);
AT(sd_req, forw.addr, 24);
AT(sd_req, forw.port, 40);
AT(sd_req, forw.reserved, 42);
SIZE(sd_req_checkpoint, 32);
AT(sd_req, checkpoint.get, 16);
AT(sd_req, checkpoint.tgt_epoch, 20);
AT(sd_req, checkpoint.vid, 24);
AT(sd_req, checkpoint.reserved, 28);
SIZE(sd_req_coherence, 32);
AT(sd_req, coherence.vid, 16);
AT(sd_req, coherence.validate, 20);
AT(sd_req, coherence.reserved, 24);

SIZE(sd_req_level, 32);
AT(sd_req, level.version, 16);
AT(sd_req, level.family, 17);
AT(sd_req, level.force, 18);
AT(sd_req, level.reserved, 19);

SIZE(sd_rsp, 48);
AT(sd_rsp, proto_ver, 0);
AT(sd_rsp, opcode, 1);
AT(sd_rsp, flags, 2);
AT(sd_rsp, epoch, 4);
AT(sd_rsp, id, 8);
AT(sd_rsp, data_length, 12);
SIZE(sd_rsp_none, 32);
AT(sd_rsp, none.result, 16);
AT(sd_rsp, none.reserved, 20);
SIZE(sd_rsp_obj, 32);
AT(sd_rsp, obj.result, 16);
AT(sd_rsp, obj.copies, 20);
AT(sd_rsp, obj.reserved, 21);
AT(sd_rsp, obj.offset, 24);
AT(sd_rsp, obj.reserved2, 32);
SIZE(sd_rsp_vdi, 32);
AT(sd_rsp, vdi.result, 16);
AT(sd_rsp, vdi.reserved, 20);
AT(sd_rsp, vdi.vdi_id, 24);
AT(sd_rsp, vdi.attr_id, 28);
AT(sd_rsp, vdi.copies, 32);
AT(sd_rsp, vdi.block_size_shift, 33);
AT(sd_rsp, vdi.reserved2, 34);
SIZE(sd_rsp_node, 32);
AT(sd_rsp, node.result, 16);
AT(sd_rsp, node.nr_nodes, 20);
AT(sd_rsp, node.reserved, 24);
AT(sd_rsp, node.store_size, 32);
AT(sd_rsp, node.store_free, 40);
SIZE(sd_rsp_hash, 32);
AT(sd_rsp, hash.result, 16);
AT(sd_rsp, hash.pad, 20);
AT(sd_rsp, hash.digest, 24);
AT(sd_rsp, hash.reserved, 44);
SIZE(sd_rsp_cluster_default, 32);
AT(sd_rsp, cluster_default.result, 16);
AT(sd_rsp, cluster_default.nr_copies, 20);
AT(sd_rsp, cluster_default.copy_policy, 21);
AT(sd_rsp, cluster_default.block_size_shift, 22);
AT(sd_rsp, cluster_default.reserved, 23);

SIZE(sd_node_id, 40);
AT(sd_node_id, addr, 0);
AT(sd_node_id, port, 16);
AT(sd_node_id, io_addr, 18);
AT(sd_node_id, io_port, 34);
AT(sd_node_id, pad, 36);

SIZE(sd_node, 80);
AT(sd_node, linkage, 0);
AT(sd_node, nid, 24);
AT(sd_node, nr_vnodes, 64);
AT(sd_node, pad, 66);
AT(sd_node, zone, 68);
AT(sd_node, space, 72);

SIZE(sd_cluster_info, 48);
AT(sd_cluster_info, proto_ver, 0);
AT(sd_cluster_info, disable_recovery, 1);
AT(sd_cluster_info, nr_nodes, 2);
AT(sd_cluster_info, epoch, 4);
AT(sd_cluster_info, ctime, 8);
AT(sd_cluster_info, flags, 16);
AT(sd_cluster_info, nr_copies, 18);
AT(sd_cluster_info, copy_policy, 19);
AT(sd_cluster_info, status, 20);
AT(sd_cluster_info, block_size_shift, 21);
AT(sd_cluster_info, family, 22);
AT(sd_cluster_info, level_ver, 23);
AT(sd_cluster_info, lowest_ver, 24);
AT(sd_cluster_info, default_store, 25);
AT(sd_cluster_info, pad2, 41);

SIZE(sd_vdi_state, 1428);
AT(sd_vdi_state, vid, 0);
AT(sd_vdi_state, nr_copies, 4);
AT(sd_vdi_state, snapshot, 5);
AT(sd_vdi_state, deleted, 6);
AT(sd_vdi_state, copy_policy, 7);
AT(sd_vdi_state, block_size_shift, 8);
AT(sd_vdi_state, pad, 9);
AT(sd_vdi_state, parent_vid, 12);
AT(sd_vdi_state, lock_state, 16);
AT(sd_vdi_state, lock_owner, 20);
AT(sd_vdi_state, nr_participants, 60);
AT(sd_vdi_state, participants_state, 64);
AT(sd_vdi_state, participants, 188);

SIZE(sd_md_info, 4120);
AT(sd_md_info, idx, 0);
AT(sd_md_info, pad, 4);
AT(sd_md_info, free, 8);
AT(sd_md_info, used, 16);
AT(sd_md_info, path, 24);

SIZE(sd_md_info_list, 263688);
AT(sd_md_info_list, md, 0);
AT(sd_md_info_list, nr, 263680);
AT(sd_md_info_list, pad, 263684);

SIZE(sd_recovery_state, 24);
AT(sd_recovery_state, in_recovery, 0);
AT(sd_recovery_state, pad, 1);
AT(sd_recovery_state, state, 4);
AT(sd_recovery_state, nr_finished, 8);
AT(sd_recovery_state, nr_total, 16);

SIZE(sd_recovery_throttling, 24);
AT(sd_recovery_throttling, max_exec_count, 0);
AT(sd_recovery_throttling, pad, 4);
AT(sd_recovery_throttling, queue_work_interval, 8);
AT(sd_recovery_throttling, throttling, 16);
AT(sd_recovery_throttling, pad2, 17);

SIZE(sd_node_info, 16);
AT(sd_node_info, store, 0);

SIZE(sd_stat, 120);
AT(sd_stat, gway_active, 0);
AT(sd_stat, peer_active, 8);
AT(sd_stat, gway_total, 16);
AT(sd_stat, peer_total, 24);
AT(sd_stat, gway_rx, 32);
AT(sd_stat, gway_tx, 40);
AT(sd_stat, peer_rx, 48);
AT(sd_stat, peer_tx, 56);
AT(sd_stat, gway_remove, 64);
AT(sd_stat, gway_read, 72);
AT(sd_stat, gway_write, 80);
AT(sd_stat, gway_flush, 88);
AT(sd_stat, peer_remove, 96);
AT(sd_stat, peer_read, 104);
AT(sd_stat, peer_write, 112);

SIZE(sd_vdi_op_message, 96);
AT(sd_vdi_op_message, req, 0);
AT(sd_vdi_op_message, rsp, 48);

SIZE(sd_driver_header, 112);
AT(sd_driver_header, magic, 0);
AT(sd_driver_header, version, 4);
AT(sd_driver_header, type, 5);
AT(sd_driver_header, flags, 6);
AT(sd_driver_header, position, 8);
AT(sd_driver_header, length, 16);
AT(sd_driver_header, nr_nodes, 20);
AT(sd_driver_header, blob_length, 24);
AT(sd_driver_header, text_length, 28);
AT(sd_driver_header, lowest, 30);
AT(sd_driver_header, highest, 31);
AT(sd_driver_header, record, 32);

SIZE(sd_shepherd_header, 8);
AT(sd_shepherd_header, type, 0);
AT(sd_shepherd_header, body_len, 4);

SIZE(sd_shepherd_join, 491608);
AT(sd_shepherd_join, new_node, 0);
AT(sd_shepherd_join, nodes, 80);
AT(sd_shepherd_join, nr_nodes, 491600);
AT(sd_shepherd_join, opaque, 491604);

SIZE(sd_shepherd_reply, 491528);
AT(sd_shepherd_reply, nodes, 0);
AT(sd_shepherd_reply, nr_nodes, 491520);
AT(sd_shepherd_reply, opaque, 491524);

SIZE(sd_shepherd_notify, 1);
AT(sd_shepherd_notify, unblock, 0);

SIZE(sd_shepherd_forward, 88);
AT(sd_shepherd_forward, sender, 0);
AT(sd_shepherd_forward, unblock, 80);
AT(sd_shepherd_forward, message, 81);

SIZE(sd_gref, 8);
AT(sd_gref, generation, 0);
AT(sd_gref, count, 4);

SIZE(sd_inode_header, 4664);
AT(sd_inode_header, name, 0);
AT(sd_inode_header, tag, 256);
AT(sd_inode_header, create_time, 512);
AT(sd_inode_header, snap_ctime, 520);
AT(sd_inode_header, vm_clock_nsec, 528);
AT(sd_inode_header, vdi_size, 536);
AT(sd_inode_header, vm_state_size, 544);
AT(sd_inode_header, copy_policy, 552);
AT(sd_inode_header, store_policy, 553);
AT(sd_inode_header, nr_copies, 554);
AT(sd_inode_header, block_size_shift, 555);
AT(sd_inode_header, snap_id, 556);
AT(sd_inode_header, vdi_id, 560);
AT(sd_inode_header, parent_vdi_id, 564);
AT(sd_inode_header, btree_counter, 568);
AT(sd_inode_header, unused, 572);

SIZE(sd_inode, 12587576);
AT(sd_inode, header, 0);
AT(sd_inode, data_vdi_id, 4664);
AT(sd_inode, gref, 4198968);

SIZE(sd_index_header, 8);
AT(sd_index_header, magic, 0);
AT(sd_index_header, depth, 2);
AT(sd_index_header, entries, 4);

SIZE(sd_index, 8);
AT(sd_index, idx, 0);
AT(sd_index, vdi_id, 4);

SIZE(sd_indirect_index, 16);
AT(sd_indirect_index, idx, 0);
AT(sd_indirect_index, pad, 4);
AT(sd_indirect_index, oid, 8);

SIZE(sd_vdi_attr_header, 784);
AT(sd_vdi_attr_header, name, 0);
AT(sd_vdi_attr_header, tag, 256);
AT(sd_vdi_attr_header, ctime, 512);
AT(sd_vdi_attr_header, snap_id, 520);
AT(sd_vdi_attr_header, value_len, 524);
AT(sd_vdi_attr_header, key, 528);

SIZE(sd_vdi_attr, 66320);
AT(sd_vdi_attr, header, 0);
AT(sd_vdi_attr, value, 784);

SIZE(sd_ledger, 4194304);
AT(sd_ledger, count, 0);

SIZE(sd_epoch_log, 48);
AT(sd_epoch_log, ctime, 0);
AT(sd_epoch_log, time, 8);
AT(sd_epoch_log, epoch, 16);
AT(sd_epoch_log, nr_nodes, 20);
AT(sd_epoch_log, disable_recovery, 24);
AT(sd_epoch_log, nr_copies, 25);
AT(sd_epoch_log, copy_policy, 26);
AT(sd_epoch_log, pad, 27);
AT(sd_epoch_log, flags, 30);
AT(sd_epoch_log, drv_name, 32);

/* Numbers that headers name apart from the structures they come from. */
SAME(SD_HEADER_SIZE, sizeof(struct sd_req));
SAME(SD_NODE_SIZE, sizeof(struct sd_node));
SAME(SD_CLUSTER_INFO_HEAD, sizeof(struct sd_cluster_info));
SAME(SD_CLUSTER_INFO_SIZE, SD_CLUSTER_INFO_HEAD + SD_MAX_NODES * SD_NODE_SIZE);
SAME(SD_VDI_STATE_SIZE, sizeof(struct sd_vdi_state));
SAME(SD_VDI_BITMAP_SIZE, SD_NR_VDIS / 8);
SAME(SD_INODE_SIZE, sizeof(struct sd_inode));
SAME(SD_INODE_HEADER_SIZE, offsetof(struct sd_inode, data_vdi_id));
SAME(SD_INODE_INDEX_SIZE, offsetof(struct sd_inode, gref));
SAME(SD_INODE_REFRESH_LEN, SD_INODE_INDEX_SIZE);
SAME(SD_ATTR_OBJ_SIZE, sizeof(struct sd_vdi_attr));
SAME(SD_LEDGER_OBJ_SIZE, sizeof(struct sd_ledger));
SAME(SD_INDEX_MAX, (SD_BTREE_OBJ_SIZE - sizeof(struct sd_index_header)) / sizeof(struct sd_index));
SAME(SD_INDIRECT_INDEX_MAX,
     (SD_BTREE_OBJ_SIZE - sizeof(struct sd_index_header)) / sizeof(struct sd_indirect_index));
SAME(SD_EPOCH_LOG_HEAD, sizeof(struct sd_epoch_log));
SAME(SD_SHEPHERD_JOIN_OPAQUE, offsetof(struct sd_shepherd_join, opaque));
SAME(SD_SHEPHERD_JOIN_FIXED, sizeof(struct sd_shepherd_join));
SAME(SD_SHEPHERD_REPLY_OPAQUE, offsetof(struct sd_shepherd_reply, opaque));
SAME(SD_SHEPHERD_REPLY_FIXED, sizeof(struct sd_shepherd_reply));
SAME(SD_SHEPHERD_NOTIFY_MESSAGE, sizeof(struct sd_shepherd_notify));
SAME(SD_SHEPHERD_FORWARD_MESSAGE, offsetof(struct sd_shepherd_forward, message));
SAME(SD_SHEPHERD_FORWARD_FIXED, sizeof(struct sd_shepherd_forward));
/* Admin and peer versions are counted apart, and have gone up together in all releases so far. */
SAME(SD_ADMIN_PROTO_VER, SD_SHEEP_PROTO_VER);
