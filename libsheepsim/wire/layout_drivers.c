/*
 * Sizes and offsets of what sheepdog's own cluster drivers say (wire-protocols 7, versions.md 3.4):
 * the third part of the table in layout.c.
 */
#include "sheepsim/wire/corosync.h"
#include "sheepsim/wire/local.h"
#include "sheepsim/wire/shepherd.h"
#include "sheepsim/wire/zookeeper.h"
#include "wire/layout.h"

SIZE(sd_local_node, 88);
AT(sd_local_node, node, 0);
AT(sd_local_node, pid, 80);
AT(sd_local_node, gateway, 84);
AT(sd_local_node, pad, 85);

SIZE(sd_local_event, 221304);
AT(sd_local_event, type, 0);
AT(sd_local_event, pad, 4);
AT(sd_local_event, sender, 8);
AT(sd_local_event, callbacked, 96);
AT(sd_local_event, removed, 97);
AT(sd_local_event, pad2, 98);
AT(sd_local_event, buf_len, 104);
AT(sd_local_event, buf, 112);
AT(sd_local_event, nr_nodes, 131184);
AT(sd_local_event, nodes, 131192);

SIZE(sd_local_queue, 221304016);
AT(sd_local_queue, block_pos, 0);
AT(sd_local_queue, pad, 4);
AT(sd_local_queue, block, 8);
AT(sd_local_queue, nonblock_pos, 110652008);
AT(sd_local_queue, pad2, 110652012);
AT(sd_local_queue, nonblock, 110652016);

SIZE(sd_local_node_08, 64);
AT(sd_local_node_08, node, 0);
AT(sd_local_node_08, pid, 56);
AT(sd_local_node_08, gateway, 60);
AT(sd_local_node_08, pad, 61);

SIZE(sd_local_event_08, 196704);
AT(sd_local_event_08, type, 0);
AT(sd_local_event_08, pad, 4);
AT(sd_local_event_08, sender, 8);
AT(sd_local_event_08, callbacked, 72);
AT(sd_local_event_08, removed, 73);
AT(sd_local_event_08, pad2, 74);
AT(sd_local_event_08, buf_len, 80);
AT(sd_local_event_08, buf, 88);
AT(sd_local_event_08, nr_nodes, 131160);
AT(sd_local_event_08, nodes, 131168);

SIZE(sd_local_queue_08, 196704016);
AT(sd_local_queue_08, block_pos, 0);
AT(sd_local_queue_08, pad, 4);
AT(sd_local_queue_08, block, 8);
AT(sd_local_queue_08, nonblock_pos, 98352008);
AT(sd_local_queue_08, pad2, 98352012);
AT(sd_local_queue_08, nonblock, 98352016);

SIZE(sd_corosync_node, 88);
AT(sd_corosync_node, nodeid, 0);
AT(sd_corosync_node, pid, 4);
AT(sd_corosync_node, node, 8);

SIZE(sd_corosync_header, 90208);
AT(sd_corosync_header, sender, 0);
AT(sd_corosync_header, type, 88);
AT(sd_corosync_header, nr_nodes, 90);
AT(sd_corosync_header, msg_len, 92);
AT(sd_corosync_header, nodes, 96);

SIZE(sd_corosync_node_08, 64);
AT(sd_corosync_node_08, nodeid, 0);
AT(sd_corosync_node_08, pid, 4);
AT(sd_corosync_node_08, node, 8);

SIZE(sd_corosync_header_08, 65608);
AT(sd_corosync_header_08, sender, 0);
AT(sd_corosync_header_08, type, 64);
AT(sd_corosync_header_08, nr_nodes, 66);
AT(sd_corosync_header_08, msg_len, 68);
AT(sd_corosync_header_08, nodes, 72);

SIZE(sd_zookeeper_node, 128);
AT(sd_zookeeper_node, list, 0);
AT(sd_zookeeper_node, linkage, 16);
AT(sd_zookeeper_node, node, 40);
AT(sd_zookeeper_node, flags, 120);
AT(sd_zookeeper_node, pad, 122);

SIZE(sd_zookeeper_event, 168);
AT(sd_zookeeper_event, id, 0);
AT(sd_zookeeper_event, type, 8);
AT(sd_zookeeper_event, pad, 12);
AT(sd_zookeeper_event, sender, 16);
AT(sd_zookeeper_event, msg_len, 144);
AT(sd_zookeeper_event, nr_nodes, 152);
AT(sd_zookeeper_event, buf_len, 160);

SIZE(sd_zookeeper_node_08, 104);
AT(sd_zookeeper_node_08, list, 0);
AT(sd_zookeeper_node_08, linkage, 16);
AT(sd_zookeeper_node_08, node, 40);
AT(sd_zookeeper_node_08, flags, 96);
AT(sd_zookeeper_node_08, pad, 98);

SIZE(sd_zookeeper_event_08, 144);
AT(sd_zookeeper_event_08, id, 0);
AT(sd_zookeeper_event_08, type, 8);
AT(sd_zookeeper_event_08, pad, 12);
AT(sd_zookeeper_event_08, sender, 16);
AT(sd_zookeeper_event_08, msg_len, 120);
AT(sd_zookeeper_event_08, nr_nodes, 128);
AT(sd_zookeeper_event_08, buf_len, 136);

SIZE(sd_shepherd_join_08, 57408);
AT(sd_shepherd_join_08, new_node, 0);
AT(sd_shepherd_join_08, nodes, 56);
AT(sd_shepherd_join_08, nr_nodes, 57400);
AT(sd_shepherd_join_08, opaque, 57404);

SIZE(sd_shepherd_reply_08, 57352);
AT(sd_shepherd_reply_08, nodes, 0);
AT(sd_shepherd_reply_08, nr_nodes, 57344);
AT(sd_shepherd_reply_08, opaque, 57348);

SIZE(sd_shepherd_forward_08, 64);
AT(sd_shepherd_forward_08, sender, 0);
AT(sd_shepherd_forward_08, unblock, 56);
AT(sd_shepherd_forward_08, message, 57);

/* Numbers that headers name apart from the structures they come from. */
SAME(SD_LOCAL_EVENT_SIZE, sizeof(struct sd_local_event));
SAME(SD_LOCAL_QUEUE_SIZE, sizeof(struct sd_local_queue));
SAME(SD_LOCAL_EVENT_SIZE_08, sizeof(struct sd_local_event_08));
SAME(SD_LOCAL_QUEUE_SIZE_08, sizeof(struct sd_local_queue_08));
SAME(SD_COROSYNC_HEADER_SIZE, sizeof(struct sd_corosync_header));
SAME(SD_COROSYNC_HEADER_SIZE_08, sizeof(struct sd_corosync_header_08));
SAME(SD_COROSYNC_MAX_NODES, SD_LOCAL_MAX_NODES);
SAME(SD_ZOOKEEPER_EVENT_HEAD, sizeof(struct sd_zookeeper_event));
SAME(SD_ZOOKEEPER_EVENT_HEAD_08, sizeof(struct sd_zookeeper_event_08));
SAME(SD_ZOOKEEPER_JOIN_BUF, SD_CLUSTER_INFO_SIZE + SD_MAX_NODES * SD_NODE_SIZE);
SAME(SD_LOCAL_CUT_NODES, (SD_LOCAL_BUF_SIZE - sizeof(struct sd_cluster_info)) / SD_NODE_SIZE);
/* 0.6: its records are those of 0.7, and so is their number */
SAME(SD_SHEPHERD_JOIN_FIXED_07B, SD_NODE_SIZE_08 + 16);
SAME(SD_SHEPHERD_REPLY_FIXED_07B, SD_MAX_NODES_08 *SD_NODE_SIZE_08 + 16);
SAME(SD_SHEPHERD_FINISH_FIXED_07B, SD_SHEPHERD_REPLY_FIXED_07B + SD_NODE_SIZE_08);
SAME(SD_SHEPHERD_JOIN_FIXED_07B, 72);
SAME(SD_SHEPHERD_REPLY_FIXED_07B, 57360);
SAME(SD_SHEPHERD_FINISH_FIXED_07B, 57416);
