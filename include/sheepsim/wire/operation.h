/** @file
 * What the lists of operations say: SD_OPS_FRONTEND, SD_OPS_PEER, SD_OPS_DRIVER and SD_OPS_ADMIN,
 * one in the header of each protocol. A list has one line for each operation:
 *
 *     X(NAME, opcode, class, force, log, request, answer, sends, gets, since, until)
 *
 *     class           where it runs: SD_OP_CLASSES
 *     force           1: accepted in status WAIT, so before format and while members are missing
 *     log             1: logged as administrative
 *     request answer  the variants of the headers: struct sd_req_obj is OBJ
 *     sends gets      what the payloads of request and answer are: SD_PAYLOADS
 *     since until     the releases that brought it, and that took it or its meaning away:
 *                     SD_RELEASES, NOW: 1.0 has it
 *
 * Names, text, dispatch and documentation are made from the lists: give them a macro for X.
 *
 * This header needs nothing of sheepsim, and works in C and in C++.
 */
#ifndef SHEEPSIM_WIRE_OPERATION_H
#define SHEEPSIM_WIRE_OPERATION_H

/** Where an operation runs: X(NAME, words). */
#define SD_OP_CLASSES(X)                                                                           \
	X(NONE, "nowhere: answered as unknown")                                                    \
	X(GATEWAY, "the receiver, which forwards it to the nodes that have the object")            \
	X(PEER, "the receiver's own store; the epoch is checked")                                  \
	X(LOCAL, "the receiver")                                                                   \
	X(CLUSTER_NOTIFY, "every node, in one order")                                              \
	X(CLUSTER_BLOCK, "the receiver, while no other such runs; then every node, in one order")

/** What a payload is: X(NAME, words). */
#define SD_PAYLOADS(X)                                                                             \
	X(NONE, "nothing")                                                                         \
	X(DATA, "bytes")                                                                           \
	X(NAMES, "a VDI's name, 256 bytes; the tag too if it may be a snapshot")                   \
	X(TEXT, "text with a NUL")                                                                 \
	X(NUMBER, "i32")                                                                           \
	X(VID, "u32: a VDI id")                                                                    \
	X(OIDS, "u64 each: object ids")                                                            \
	X(BITMAP, "a bit for each VDI id")                                                         \
	X(OBJECT, "content of an object")                                                          \
	X(ATTR, "struct sd_vdi_attr")                                                              \
	X(NODES, "struct sd_node each")                                                            \
	X(EPOCH, "struct sd_node each, then u64 seconds")                                          \
	X(LOGS, "struct sd_epoch_log with slots for nodes, each")                                  \
	X(CLUSTER_INFO, "struct sd_cluster_info and its nodes")                                    \
	X(VDI_STATES, "struct sd_vdi_state each")                                                  \
	X(RECOVERY, "struct sd_recovery_state")                                                    \
	X(THROTTLING, "struct sd_recovery_throttling")                                             \
	X(STAT, "struct sd_stat")                                                                  \
	X(DISKS, "struct sd_md_info_list")

/** Releases of sheepdog that changed something here, oldest first: X(NAME, words). */
#define SD_RELEASES(X)                                                                             \
	X(OURS, "not in sheepdog")                                                                 \
	X(0_3, "0.3")                                                                              \
	X(0_4, "0.4")                                                                              \
	X(0_5, "0.5")                                                                              \
	X(0_5_2, "0.5.2")                                                                          \
	X(0_5_4, "0.5.4")                                                                          \
	X(0_5_5, "0.5.5")                                                                          \
	X(0_5_6, "0.5.6")                                                                          \
	X(0_6, "0.6")                                                                              \
	X(0_7, "0.7")                                                                              \
	X(0_7_6, "0.7.6")                                                                          \
	X(0_8, "0.8")                                                                              \
	X(0_9, "0.9")                                                                              \
	X(0_9_2, "0.9.2")                                                                          \
	X(0_9_3, "0.9.3")                                                                          \
	X(1_0, "1.0")                                                                              \
	X(NOW, "now")

/** @cond */
#define SD_OP_CLASS_ENUM(name, words) SD_OP_CLASS_##name,
#define SD_PAYLOAD_ENUM(name, words)  SD_PAYLOAD_##name,
#define SD_RELEASE_ENUM(name, words)  SD_RELEASE_##name,
/** @endcond */

/** SD_OP_CLASS_LOCAL and the like. */
enum sd_op_class { SD_OP_CLASSES(SD_OP_CLASS_ENUM) };
/** SD_PAYLOAD_NODES and the like. */
enum sd_payload { SD_PAYLOADS(SD_PAYLOAD_ENUM) };
/** SD_RELEASE_0_9 and the like; their order is that of time. */
enum sd_release { SD_RELEASES(SD_RELEASE_ENUM) };

#undef SD_OP_CLASS_ENUM
#undef SD_PAYLOAD_ENUM
#undef SD_RELEASE_ENUM

#endif
