/*
 * The tables telling which operation goes where (appendix B): its body, its effect on all members,
 * and whether its body runs on the loop.
 */
#include "sheep/admin.h"
#include "sheep/cluster_ops.h"
#include "sheep/gateway.h"
#include "sheep/level.h"
#include "sheep/ops_tables.h"
#include "sheep/peer.h"
#include "sheep/vdi.h"

const struct op frontend_ops[256] = {
	[SD_OP_CREATE_AND_WRITE_OBJ] = {.work = gateway_create_work},
	[SD_OP_READ_OBJ] = {.work = gateway_read_work},
	[SD_OP_WRITE_OBJ] = {.work = gateway_write_work},
	[SD_OP_REMOVE_OBJ] = {.work = gateway_remove_work},
	[SD_OP_DISCARD_OBJ] = {.work = gateway_discard_work},
	[SD_OP_NEW_VDI] = {.work = vdi_new_work, .effect = vdi_new_effect},
	[SD_OP_LOCK_VDI] = {.work = vdi_lock_work, .effect = vdi_lock_effect},
	[SD_OP_RELEASE_VDI] = {.work = vdi_release_work, .effect = vdi_release_effect},
	[SD_OP_GET_VDI_INFO] = {.work = vdi_info_work},
	[SD_OP_READ_VDIS] = {.work = vdi_read_vdis_work, .on_loop = true},
	[SD_OP_FLUSH_VDI] = {.work = flush_vdi_work, .on_loop = true},
	[SD_OP_DEL_VDI] = {.work = vdi_delete_work, .effect = vdi_delete_effect},
	[SD_OP_GET_CLUSTER_DEFAULT] = {.work = cluster_default_work, .on_loop = true},
};

const struct op peer_ops[256] = {
	[SD_OP_CREATE_AND_WRITE_PEER] = {.work = peer_create_work},
	[SD_OP_READ_PEER] = {.work = peer_read_work},
	[SD_OP_WRITE_PEER] = {.work = peer_write_work},
	[SD_OP_REMOVE_PEER] = {.work = peer_remove_work},
	[SD_OP_DECREF_OBJ] = {.work = gateway_decref_work},
	[SD_OP_DECREF_PEER] = {.work = ledger_decref_work},
	[SD_OP_GET_OBJ_LIST] = {.work = get_obj_list_work},
	[SD_OP_GET_EPOCH] = {.work = get_epoch_work},
	[SD_OP_GET_HASH] = {.work = get_hash_work},
	[SD_OP_GET_VDI_COPIES] = {.work = vdi_get_copies_work, .on_loop = true},
	[SD_OP_VDI_STATE_CHECKPOINT_CTL] = {.work = vdi_checkpoint_work, .on_loop = true},
	[SD_OP_GET_VNODES] = {.work = get_vnodes_work, .on_loop = true},
	[SD_OP_CAN_SPEAK] = {.work = can_speak_work, .on_loop = true},
};

const struct op driver_ops[256] = {
	[SD_OP_NOTIFY_VDI_ADD] = {.effect = vdi_notify_add_effect},
	[SD_OP_NOTIFY_VDI_DEL] = {.effect = vdi_notify_del_effect},
	[SD_OP_COMPLETE_RECOVERY] = {.effect = complete_recovery_effect},
	[SD_OP_INODE_COHERENCE] = {.effect = vdi_coherence_effect},
};

const struct op admin_ops[256] = {
	[SD_OP_GET_NODE_LIST] = {.work = get_node_list_work, .on_loop = true},
	[SD_OP_MAKE_FS] = {.effect = make_fs_effect},
	[SD_OP_SHUTDOWN] = {.effect = shutdown_effect},
	[SD_OP_STAT_SHEEP] = {.work = stat_sheep_work, .on_loop = true},
	[SD_OP_STAT_CLUSTER] = {.work = stat_cluster_work, .on_loop = true},
	[SD_OP_GET_VDI_ATTR] = {.work = vdi_attr_work},
	[SD_OP_FORCE_RECOVER] = {.work = force_recover_work, .effect = force_recover_effect},
	[SD_OP_GET_STORE_LIST] = {.work = get_store_list_work, .on_loop = true},
	[SD_OP_CLEANUP] = {.effect = cleanup_effect},
	[SD_OP_TRACE_STATUS] = {.work = succeed_work, .on_loop = true},
	[SD_OP_TRACE_READ_BUF] = {.work = succeed_work, .on_loop = true},
	[SD_OP_TRACE_ENABLE] = {.work = succeed_work, .on_loop = true},
	[SD_OP_TRACE_DISABLE] = {.work = succeed_work, .on_loop = true},
	[SD_OP_STAT_RECOVERY] = {.work = stat_recovery_work, .on_loop = true},
	[SD_OP_FLUSH_DEL_CACHE] = {.work = succeed_work, .on_loop = true},
	[SD_OP_KILL_NODE] = {.work = kill_node_work, .on_loop = true},
	[SD_OP_ENABLE_RECOVER] = {.effect = enable_recover_effect},
	[SD_OP_DISABLE_RECOVER] = {.effect = disable_recover_effect},
	[SD_OP_DELETE_CACHE] = {.effect = nothing_effect},
	[SD_OP_MD_INFO] = {.work = md_info_work, .on_loop = true},
	[SD_OP_MD_PLUG] = {.work = md_plug_work, .on_loop = true},
	[SD_OP_MD_UNPLUG] = {.work = md_unplug_work, .on_loop = true},
	[SD_OP_REWEIGHT] = {.effect = reweight_effect},
	[SD_OP_STAT] = {.work = stat_work, .on_loop = true},
	[SD_OP_GET_LOGLEVEL] = {.work = get_loglevel_work, .on_loop = true},
	[SD_OP_SET_LOGLEVEL] = {.work = set_loglevel_work, .on_loop = true},
	[SD_OP_EXIST] = {.work = exist_work, .on_loop = true},
	[SD_OP_CLUSTER_INFO] = {.work = cluster_info_work, .on_loop = true},
	[SD_OP_ALTER_CLUSTER_COPY] = {.effect = alter_cluster_copy_effect},
	[SD_OP_ALTER_VDI_COPY] = {.effect = alter_vdi_copy_effect},
	[SD_OP_REPAIR_REPLICA] = {.work = repair_replica_work},
	[SD_OP_OIDS_EXIST] = {.work = oids_exist_work, .on_loop = true},
	[SD_OP_READ_DEL_VDIS] = {.work = vdi_read_vdis_work, .on_loop = true},
	[SD_OP_GET_RECOVERY] = {.work = get_recovery_work, .on_loop = true},
	[SD_OP_SET_RECOVERY] = {.work = set_recovery_work, .on_loop = true},
	[SD_OP_SET_VNODES] = {.work = set_vnodes_work, .on_loop = true},
	[SD_OP_SET_LEVEL] = {.work = set_level_work, .effect = set_level_effect},
};
