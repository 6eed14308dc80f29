/** @file
 * The shepherd cluster driver's messages: sheep <-> shepherd server, one TCP connection a sheep.
 *
 * A message is an 8-byte header and a body. Types are numbered separately for each direction. The
 * opaque of joins is a whole cluster_info (491568 bytes), the message of notifications a
 * vdi_op_message (driver.h).
 *
 * Mind the padding: lengths were computed from structures with padding at their end, but the part
 * of variable length starts before it. So every join and reply body ends with 4 bytes that nothing
 * uses and every NOTIFY_FORWARD body with 7; NOTIFY with none.
 *
 * Flow of a join: the joiner sends JOIN; the server forwards it as NEW_NODE to one member (to the
 * joiner itself if there is none), which answers ACCEPT with the opaque rewritten; the server then
 * sends JOIN_REPLY to the joiner and NEW_NODE_FINISH to every member. While one join is under way,
 * others wait until they are sent JOIN_RETRY. A block has no state on the server: every sheep keeps
 * the BLOCK_FORWARDs in order, and each notification with unblock set takes the oldest away.
 */
#ifndef SHEEPSIM_WIRE_SHEPHERD_H
#define SHEEPSIM_WIRE_SHEPHERD_H

#include "sheepsim/wire/older.h"

/**
 * Versions of this protocol; sheepdog has no numbers for them. 1: 0.6; 2: 0.7 (ACCEPT in place of a
 * result); 3: 0.8 and later (longer records, more nodes). Names that end with _08 are of version 2.
 */
#define SD_SHEPHERD_VER 3
/** The version that 0.7 has. */
#define SD_SHEPHERD_VER_08 2

/** Default TCP port of the server. */
#define SD_SHEPHERD_PORT 2501

/**
 * Messages from sheep to server: X(NAME, type, body). body: NONE, JOIN (sd_shepherd_join), REPLY
 * (sd_shepherd_reply), NOTIFY (sd_shepherd_notify), FORWARD (sd_shepherd_forward) or NODE
 * (sd_node).
 */
#define SD_SHEPHERD_TO_SERVER(X)                                                                   \
	X(JOIN, 0, JOIN)                                                                           \
	X(ACCEPT, 1, JOIN)                                                                         \
	X(NOTIFY, 2, NOTIFY)                                                                       \
	X(BLOCK, 3, NONE)                                                                          \
	X(LEAVE, 4, NONE)

/** What each message is. */
enum sd_shepherd_to_server {
	/** I want to join. Body: sd_shepherd_join with new_node and opaque, no nodes. */
	SD_SHEPHERD_JOIN = 0,
	/** Answer to NEW_NODE: the same body, its opaque rewritten. */
	SD_SHEPHERD_ACCEPT = 1,
	/** Tell everybody. Body: sd_shepherd_notify, then the message. */
	SD_SHEPHERD_NOTIFY = 2,
	/** I want to run alone. No body. */
	SD_SHEPHERD_BLOCK = 3,
	/** I leave, but stay connected. No body. */
	SD_SHEPHERD_LEAVE = 4,
};

/** Messages from server to sheep, likewise. */
#define SD_SHEPHERD_TO_SHEEP(X)                                                                    \
	X(JOIN_REPLY, 0, REPLY)                                                                    \
	X(JOIN_RETRY, 1, NONE)                                                                     \
	X(NEW_NODE, 2, JOIN)                                                                       \
	X(NEW_NODE_FINISH, 3, JOIN)                                                                \
	X(NOTIFY_FORWARD, 4, FORWARD)                                                              \
	X(BLOCK_FORWARD, 5, NODE)                                                                  \
	X(LEAVE_FORWARD, 6, NODE)                                                                  \
	X(REMOVE, 7, NODE)

/** What each message is. */
enum sd_shepherd_to_sheep {
	/** To the joiner: you are in. Body: sd_shepherd_reply, the joiner among the nodes. */
	SD_SHEPHERD_JOIN_REPLY = 0,
	/** To one that waits: send your JOIN again. No body. */
	SD_SHEPHERD_JOIN_RETRY = 1,
	/** To one member: judge this joiner. Body: that of JOIN, with the members as nodes. */
	SD_SHEPHERD_NEW_NODE = 2,
	/** To the members: it is in. Body: sd_shepherd_join, the joiner among the nodes. */
	SD_SHEPHERD_NEW_NODE_FINISH = 3,
	/** Somebody's NOTIFY. Body: sd_shepherd_forward, then the message. */
	SD_SHEPHERD_NOTIFY_FORWARD = 4,
	/** Somebody's BLOCK. Body: sd_node of the sender. */
	SD_SHEPHERD_BLOCK_FORWARD = 5,
	/** Somebody's LEAVE. Body: sd_node. */
	SD_SHEPHERD_LEAVE_FORWARD = 6,
	/** Somebody's connection was lost. Body: sd_node. */
	SD_SHEPHERD_REMOVE = 7,
};

/** Front of every message. */
struct sd_shepherd_header {
	sd_le32 type;	  /**< 0: SD_SHEPHERD_*, by direction */
	sd_le32 body_len; /**< 4: bytes that follow */
};

/** Body of JOIN, NEW_NODE, ACCEPT, NEW_NODE_FINISH; 491608 + opaque bytes in all. */
struct sd_shepherd_join {
	struct sd_node new_node;	    /**<      0 */
	struct sd_node nodes[SD_MAX_NODES]; /**<     80 */
	sd_le32 nr_nodes;		    /**< 491600 */
	uint8_t opaque[4];		    /**< 491604: the opaque begins here, not behind */
};

/** Body of JOIN_REPLY; 491528 + opaque bytes in all. */
struct sd_shepherd_reply {
	struct sd_node nodes[SD_MAX_NODES]; /**<      0 */
	sd_le32 nr_nodes;		    /**< 491520 */
	uint8_t opaque[4];		    /**< 491524: the opaque begins here, not behind */
};

/** Front of the body of NOTIFY; 1 + message bytes in all. */
struct sd_shepherd_notify {
	uint8_t unblock; /**< 0: 1: ends the sender's block */
			 /* 1: the message */
};

/** Front of the body of NOTIFY_FORWARD; 88 + message bytes in all. */
struct sd_shepherd_forward {
	struct sd_node sender; /**<  0 */
	uint8_t unblock;       /**< 80: 1: ends the oldest block */
	uint8_t message[7];    /**< 81: the message begins here, not behind */
};

/** Body of JOIN, NEW_NODE, ACCEPT, NEW_NODE_FINISH in 0x08; 57408 + opaque bytes in all. */
struct sd_shepherd_join_08 {
	struct sd_node_08 new_node;		  /**<     0 */
	struct sd_node_08 nodes[SD_MAX_NODES_08]; /**<    56 */
	sd_le32 nr_nodes;			  /**< 57400 */
	uint8_t opaque[4];			  /**< 57404 */
};

/** Body of JOIN_REPLY in 0x08; 57352 + opaque bytes in all. */
struct sd_shepherd_reply_08 {
	struct sd_node_08 nodes[SD_MAX_NODES_08]; /**<     0 */
	sd_le32 nr_nodes;			  /**< 57344 */
	uint8_t opaque[4];			  /**< 57348 */
};

/** Front of the body of NOTIFY_FORWARD in 0x08; 64 + message bytes in all. */
struct sd_shepherd_forward_08 {
	struct sd_node_08 sender; /**<  0 */
	uint8_t unblock;	  /**< 56 */
	uint8_t message[7];	  /**< 57 */
};

/** Where the opaque begins in the body of a join. */
#define SD_SHEPHERD_JOIN_OPAQUE 491604
/** Bytes of that body besides the opaque. */
#define SD_SHEPHERD_JOIN_FIXED 491608
/** Where the opaque begins in the body of JOIN_REPLY. */
#define SD_SHEPHERD_REPLY_OPAQUE 491524
/** Bytes of that body besides the opaque. */
#define SD_SHEPHERD_REPLY_FIXED 491528
/** Where the message begins in the body of NOTIFY. */
#define SD_SHEPHERD_NOTIFY_MESSAGE 1
/** Where the message begins in the body of NOTIFY_FORWARD. */
#define SD_SHEPHERD_FORWARD_MESSAGE 81
/** Bytes of that body besides the message. */
#define SD_SHEPHERD_FORWARD_FIXED 88

/* Of version 1 (0.6) only the sizes of three bodies are known, without what follows the list. */

/** Bytes of the body of JOIN in 0.6, which has no list: a record, and 16 bytes. */
#define SD_SHEPHERD_JOIN_FIXED_07B 72
/** Bytes of the body of JOIN_REPLY in 0.6: a list, and 16 bytes. */
#define SD_SHEPHERD_REPLY_FIXED_07B 57360
/** Bytes of the body of NEW_NODE_FINISH in 0.6: a record more. */
#define SD_SHEPHERD_FINISH_FIXED_07B 57416

#endif
