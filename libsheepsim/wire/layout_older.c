/*
 * Sizes and offsets of the structures of older releases, as measured on those (versions.md 3): the
 * second part of the table in layout.c.
 */
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/older.h"
#include "sheepsim/wire/older_header.h"
#include "wire/layout.h"

SIZE(sd_node_05, 24);
AT(sd_node_05, addr, 0);
AT(sd_node_05, port, 16);
AT(sd_node_05, nr_vnodes, 18);
AT(sd_node_05, zone, 20);

SIZE(sd_node_06, 32);
AT(sd_node_06, addr, 0);
AT(sd_node_06, port, 16);
AT(sd_node_06, nr_vnodes, 18);
AT(sd_node_06, zone, 20);
AT(sd_node_06, space, 24);

SIZE(sd_node_08, 56);
AT(sd_node_08, nid, 0);
AT(sd_node_08, nr_vnodes, 40);
AT(sd_node_08, pad, 42);
AT(sd_node_08, zone, 44);
AT(sd_node_08, space, 48);

SIZE(sd_disk, 16);
AT(sd_disk, disk_id, 0);
AT(sd_disk, disk_space, 8);

SIZE(sd_node_diskvnodes, 592);
AT(sd_node_diskvnodes, node, 0);
AT(sd_node_diskvnodes, disks, 80);

SIZE(sd_join_message_05, 52);
AT(sd_join_message_05, proto_ver, 0);
AT(sd_join_message_05, nr_copies, 1);
AT(sd_join_message_05, nr_nodes, 2);
AT(sd_join_message_05, nr_failed, 4);
AT(sd_join_message_05, nr_delayed, 6);
AT(sd_join_message_05, flags, 8);
AT(sd_join_message_05, pad, 10);
AT(sd_join_message_05, status, 12);
AT(sd_join_message_05, epoch, 16);
AT(sd_join_message_05, pad2, 20);
AT(sd_join_message_05, ctime_ns, 24);
AT(sd_join_message_05, ctime_s, 28);
AT(sd_join_message_05, inc_epoch, 32);
AT(sd_join_message_05, store, 33);
AT(sd_join_message_05, pad3, 49);

SIZE(sd_join_message_07, 48);
AT(sd_join_message_07, proto_ver, 0);
AT(sd_join_message_07, nr_copies, 1);
AT(sd_join_message_07, nr_nodes, 2);
AT(sd_join_message_07, nr_failed, 4);
AT(sd_join_message_07, nr_delayed, 6);
AT(sd_join_message_07, status, 8);
AT(sd_join_message_07, epoch, 12);
AT(sd_join_message_07, ctime, 16);
AT(sd_join_message_07, inc_epoch, 24);
AT(sd_join_message_07, disable_recovery, 25);
AT(sd_join_message_07, flags, 26);
AT(sd_join_message_07, pad, 28);
AT(sd_join_message_07, store, 32);

SIZE(sd_cluster_info_08, 40);
AT(sd_cluster_info_08, proto_ver, 0);
AT(sd_cluster_info_08, disable_recovery, 1);
AT(sd_cluster_info_08, nr_nodes, 2);
AT(sd_cluster_info_08, epoch, 4);
AT(sd_cluster_info_08, ctime, 8);
AT(sd_cluster_info_08, flags, 16);
AT(sd_cluster_info_08, nr_copies, 18);
AT(sd_cluster_info_08, status, 19);
AT(sd_cluster_info_08, pad, 20);
AT(sd_cluster_info_08, default_store, 24);

SIZE(sd_cluster_info_09, 48);
AT(sd_cluster_info_09, proto_ver, 0);
AT(sd_cluster_info_09, disable_recovery, 1);
AT(sd_cluster_info_09, nr_nodes, 2);
AT(sd_cluster_info_09, epoch, 4);
AT(sd_cluster_info_09, ctime, 8);
AT(sd_cluster_info_09, flags, 16);
AT(sd_cluster_info_09, nr_copies, 18);
AT(sd_cluster_info_09, copy_policy, 19);
AT(sd_cluster_info_09, status, 20);
AT(sd_cluster_info_09, pad, 21);
AT(sd_cluster_info_09, family, 22);
AT(sd_cluster_info_09, level_ver, 23);
AT(sd_cluster_info_09, lowest_ver, 24);
AT(sd_cluster_info_09, pad2, 25);
AT(sd_cluster_info_09, default_store, 28);
AT(sd_cluster_info_09, pad3, 44);

SIZE(sd_epoch_log_07a, 32);
AT(sd_epoch_log_07a, ctime, 0);
AT(sd_epoch_log_07a, time, 8);
AT(sd_epoch_log_07a, epoch, 16);
AT(sd_epoch_log_07a, nr_nodes, 20);
AT(sd_epoch_log_07a, nr_copies, 24);
AT(sd_epoch_log_07a, pad, 28);

SIZE(sd_epoch_log_08, 32);
AT(sd_epoch_log_08, ctime, 0);
AT(sd_epoch_log_08, time, 8);
AT(sd_epoch_log_08, epoch, 16);
AT(sd_epoch_log_08, nr_nodes, 20);
AT(sd_epoch_log_08, disable_recovery, 24);
AT(sd_epoch_log_08, pad, 25);

SIZE(sd_epoch_log_09a, 48);
AT(sd_epoch_log_09a, ctime, 0);
AT(sd_epoch_log_09a, time, 8);
AT(sd_epoch_log_09a, epoch, 16);
AT(sd_epoch_log_09a, nr_nodes, 20);
AT(sd_epoch_log_09a, disable_recovery, 24);
AT(sd_epoch_log_09a, nr_copies, 25);
AT(sd_epoch_log_09a, copy_policy, 26);
AT(sd_epoch_log_09a, pad, 27);
AT(sd_epoch_log_09a, drv_name, 28);
AT(sd_epoch_log_09a, pad2, 44);

SIZE(sd_vdi_state_07a, 8);
AT(sd_vdi_state_07a, vid, 0);
AT(sd_vdi_state_07a, nr_copies, 4);

SIZE(sd_vdi_state_09a, 8);
AT(sd_vdi_state_09a, vid, 0);
AT(sd_vdi_state_09a, nr_copies, 4);
AT(sd_vdi_state_09a, snapshot, 5);
AT(sd_vdi_state_09a, copy_policy, 6);
AT(sd_vdi_state_09a, pad, 7);

SIZE(sd_vdi_state_09, 1420);
AT(sd_vdi_state_09, vid, 0);
AT(sd_vdi_state_09, nr_copies, 4);
AT(sd_vdi_state_09, snapshot, 5);
AT(sd_vdi_state_09, copy_policy, 6);
AT(sd_vdi_state_09, pad, 7);
AT(sd_vdi_state_09, lock_state, 8);
AT(sd_vdi_state_09, lock_owner, 12);
AT(sd_vdi_state_09, nr_participants, 52);
AT(sd_vdi_state_09, participants_state, 56);
AT(sd_vdi_state_09, participants, 180);

SIZE(sd_req_obj_08, 32);
AT(sd_req_08, obj_08.oid, 16);
AT(sd_req_08, obj_08.cow_oid, 24);
AT(sd_req_08, obj_08.copies, 32);
AT(sd_req_08, obj_08.tgt_epoch, 36);
AT(sd_req_08, obj_08.offset, 40);

SIZE(sd_req_vdi_08, 32);
AT(sd_req_08, vdi_08.vdi_size, 16);
AT(sd_req_08, vdi_08.base_vdi_id, 24);
AT(sd_req_08, vdi_08.copies, 28);
AT(sd_req_08, vdi_08.snapid, 32);
AT(sd_req_08, vdi_08.reserved, 36);

SIZE(sd_req_cluster_08, 32);
AT(sd_req_08, cluster_08.oid, 16);
AT(sd_req_08, cluster_08.ctime, 24);
AT(sd_req_08, cluster_08.copies, 32);
AT(sd_req_08, cluster_08.tag, 36);
AT(sd_req_08, cluster_08.reserved, 40);

SIZE(sd_req_vdi_state_08, 32);
AT(sd_req_08, vdi_state_08.old_vid, 16);
AT(sd_req_08, vdi_state_08.new_vid, 20);
AT(sd_req_08, vdi_state_08.copies, 24);
AT(sd_req_08, vdi_state_08.set_bitmap, 28);
AT(sd_req_08, vdi_state_08.reserved, 29);

SIZE(sd_req_list_07a, 32);
AT(sd_req_08, list_07a.tgt_epoch, 16);
AT(sd_req_08, list_07a.reserved, 20);

SIZE(sd_req_08, 48);
AT(sd_req_08, proto_ver, 0);
AT(sd_req_08, opcode, 1);
AT(sd_req_08, flags, 2);
AT(sd_req_08, epoch, 4);
AT(sd_req_08, id, 8);
AT(sd_req_08, data_length, 12);

SIZE(sd_rsp_obj_08, 32);
AT(sd_rsp_08, obj_08.result, 16);
AT(sd_rsp_08, obj_08.copies, 20);
AT(sd_rsp_08, obj_08.offset, 24);
AT(sd_rsp_08, obj_08.reserved2, 32);

SIZE(sd_rsp_vdi_08, 32);
AT(sd_rsp_08, vdi_08.result, 16);
AT(sd_rsp_08, vdi_08.reserved, 20);
AT(sd_rsp_08, vdi_08.vdi_id, 24);
AT(sd_rsp_08, vdi_08.attr_id, 28);
AT(sd_rsp_08, vdi_08.copies, 32);
AT(sd_rsp_08, vdi_08.reserved2, 36);

SIZE(sd_rsp_node_08, 32);
AT(sd_rsp_08, node_08.result, 16);
AT(sd_rsp_08, node_08.nr_nodes, 20);
AT(sd_rsp_08, node_08.local_idx, 24);
AT(sd_rsp_08, node_08.master_idx, 28);
AT(sd_rsp_08, node_08.store_size, 32);
AT(sd_rsp_08, node_08.store_free, 40);

SIZE(sd_rsp_08, 48);
AT(sd_rsp_08, proto_ver, 0);
AT(sd_rsp_08, opcode, 1);
AT(sd_rsp_08, flags, 2);
AT(sd_rsp_08, epoch, 4);
AT(sd_rsp_08, id, 8);
AT(sd_rsp_08, data_length, 12);

/* Numbers that headers name apart from the structures they come from. */
SAME(SD_NODE_SIZE_05, sizeof(struct sd_node_05));
SAME(SD_NODE_SIZE_06, sizeof(struct sd_node_06));
SAME(SD_NODE_SIZE_08, sizeof(struct sd_node_08));
SAME(SD_DISKVNODES_NODE_SIZE, sizeof(struct sd_node_diskvnodes));
SAME(SD_JOIN_MESSAGE_HEAD_05, sizeof(struct sd_join_message_05));
SAME(SD_JOIN_MESSAGE_HEAD_07, sizeof(struct sd_join_message_07));
SAME(SD_CLUSTER_INFO_HEAD_08, sizeof(struct sd_cluster_info_08));
SAME(SD_CLUSTER_INFO_SIZE_08, SD_CLUSTER_INFO_HEAD_08 + SD_MAX_NODES_08 * SD_NODE_SIZE_08);
/* In 0x05 the nodes begin where the padding does, and the record is padded to 8 bytes. */
SAME(SD_EPOCH_LOG_HEAD_05, offsetof(struct sd_epoch_log_07a, pad));
SAME(SD_EPOCH_LOG_SIZE_05, (SD_EPOCH_LOG_HEAD_05 + SD_MAX_NODES_08 * SD_NODE_SIZE_05 + 7) / 8 * 8);
SAME(SD_EPOCH_LOG_HEAD_08, sizeof(struct sd_epoch_log_07a));
SAME(SD_EPOCH_LOG_HEAD_08, sizeof(struct sd_epoch_log_08));
SAME(SD_EPOCH_LOG_SIZE_06, SD_EPOCH_LOG_HEAD_08 + SD_MAX_NODES_08 * SD_NODE_SIZE_06);
SAME(SD_EPOCH_LOG_SIZE_08, SD_EPOCH_LOG_HEAD_08 + SD_MAX_NODES_08 * SD_NODE_SIZE_08);
SAME(SD_EPOCH_LOG_SIZE_09A, sizeof(struct sd_epoch_log_09a) + SD_MAX_NODES * SD_NODE_SIZE);
SAME(SD_VDI_STATE_SIZE_09A, sizeof(struct sd_vdi_state_07a));
SAME(SD_VDI_STATE_SIZE_09A, sizeof(struct sd_vdi_state_09a));
SAME(SD_VDI_STATE_SIZE_09, sizeof(struct sd_vdi_state_09));
