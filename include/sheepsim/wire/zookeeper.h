/** @file
 * The zookeeper cluster driver: events in znodes, which everybody reads in the order of their
 * numbers.
 *
 * Below a root (SD_ZOOKEEPER_ROOT, or the path given behind the list of hosts):
 *
 *     /queue/NNNNNNNNNN       persistent, sequential: one event
 *     /member/NODE            ephemeral: session id, 16 bytes; who sees it deleted posts LEAVE
 *     /master/NNNNNNNNNN      ephemeral, sequential: NODE in 256 bytes; the lowest is the master
 *     /queue_pos/NODE         ephemeral: i32, how far NODE has read, written every 1000 events
 * (1.0) /lock/ID/NNNNNNNNNN     ephemeral, sequential: the lowest has the lock
 *
 * NODE is "IPv4 ip:A.B.C.D port:N", or with IPv6. A JOIN reserves room for the cluster_info and for
 * all nodes; only the master answers, by overwriting that znode as an ACCEPT, so that the order
 * stays. All wait at a JOIN without an answer. BLOCK events go to a list of their own; the first of
 * it runs when no other event waits. Who loses its session joins anew.
 *
 * The layout is that of 0x09 and 0x0a; names that end with _08 are of 0x08 (what its size and that
 * of its records tell). No version is said.
 */
#ifndef SHEEPSIM_WIRE_ZOOKEEPER_H
#define SHEEPSIM_WIRE_ZOOKEEPER_H

#include "sheepsim/wire/older.h"

/**
 * Versions of this protocol; sheepdog has no numbers for them. 1: 0.4; 2: 0.5 (longer records);
 * 3: 0.5.6 (masters, UNBLOCK, longer records); 4: 0.6 (ids); 5: 0.7 (JOIN and ACCEPT in place of
 * request and response, UPDATE_NODE); 6: 0.8 and 0.9 (ids again, longer records, locks); 7: 1.0
 * (the root is an option, queue_pos).
 */
#define SD_ZOOKEEPER_VER 7
/** The version that the structures with names that end with _08 are of. */
#define SD_ZOOKEEPER_VER_08 5

/** Where all znodes are, unless another path is given. */
#define SD_ZOOKEEPER_ROOT "/sheepdog"
/** Seconds until a session without a sign of life is lost. */
#define SD_ZOOKEEPER_SESSION_TIMEOUT 30
/** Bytes of a znode of /master. */
#define SD_ZOOKEEPER_MASTER_SIZE 256
/** Bytes of a znode of /member. */
#define SD_ZOOKEEPER_MEMBER_SIZE 16
/** Events between two writes of /queue_pos. */
#define SD_ZOOKEEPER_POS_STEP 1000
/** Bytes of an event before its buffer. */
#define SD_ZOOKEEPER_EVENT_HEAD 168
/** Bytes of an event before its buffer in 0x08. */
#define SD_ZOOKEEPER_EVENT_HEAD_08 144
/** Bytes of an event before its buffer in 0x05. */
#define SD_ZOOKEEPER_EVENT_HEAD_05 80
/** Bytes of an event before its buffer in 0x06. */
#define SD_ZOOKEEPER_EVENT_HEAD_06 88
/** Bytes of an event before its buffer in 0x07a. */
#define SD_ZOOKEEPER_EVENT_HEAD_07A 144
/** Bytes of an event before its buffer in 0x07b, which has an id first. */
#define SD_ZOOKEEPER_EVENT_HEAD_07B 152
/** Bytes of a JOIN's buffer: a whole cluster_info, and room for all nodes. */
#define SD_ZOOKEEPER_JOIN_BUF 983088

/** Events since 0x08: X(NAME, type). */
#define SD_ZOOKEEPER_EVENTS(X)                                                                     \
	X(JOIN, 1)                                                                                 \
	X(ACCEPT, 2)                                                                               \
	X(LEAVE, 3)                                                                                \
	X(BLOCK, 4)                                                                                \
	X(UNBLOCK, 5)                                                                              \
	X(NOTIFY, 6)                                                                               \
	X(UPDATE_NODE, 7)

/** What each event is. */
enum sd_zookeeper_event_type {
	SD_ZOOKEEPER_JOIN = 1,	      /**< the sender wants to join; cluster_info, and room */
	SD_ZOOKEEPER_ACCEPT = 2,      /**< a JOIN that was accepted; cluster_info, then members */
	SD_ZOOKEEPER_LEAVE = 3,	      /**< the sender has left, or its session is lost */
	SD_ZOOKEEPER_BLOCK = 4,	      /**< the sender wants to run alone */
	SD_ZOOKEEPER_UNBLOCK = 5,     /**< its work is done; a vdi_op_message */
	SD_ZOOKEEPER_NOTIFY = 6,      /**< a vdi_op_message */
	SD_ZOOKEEPER_UPDATE_NODE = 7, /**< the sender's record has changed */
};

/** A node as an event has it: what the sender has in memory. */
struct sd_zookeeper_node {
	uint8_t list[16];    /**<   0: pointers: send zero, ignore */
	uint8_t linkage[24]; /**<  16: likewise */
	struct sd_node node; /**<  40 */
	uint8_t flags[2];    /**< 120: of the sender's memory: send zero, ignore */
	uint8_t pad[6];	     /**< 122 */
};

/** Front of an event; buf_len bytes follow: msg_len of them the message, then nr_nodes members. */
struct sd_zookeeper_event {
	sd_le64 id;			 /**<   0: hash of sender and counter, tells duplicates */
	sd_le32 type;			 /**<   8: SD_ZOOKEEPER_* */
	uint8_t pad[4];			 /**<  12 */
	struct sd_zookeeper_node sender; /**<  16 */
	sd_le64 msg_len;		 /**< 144: JOIN, ACCEPT: bytes before the members */
	sd_le64 nr_nodes;		 /**< 152: ACCEPT: members */
	sd_le64 buf_len;		 /**< 160: bytes that follow */
};

/** A node as an event of 0x08 has it. */
struct sd_zookeeper_node_08 {
	uint8_t list[16];	/**<  0 */
	uint8_t linkage[24];	/**< 16 */
	struct sd_node_08 node; /**< 40 */
	uint8_t flags[2];	/**< 96 */
	uint8_t pad[6];		/**< 98 */
};

/** Front of an event in 0x08. */
struct sd_zookeeper_event_08 {
	sd_le64 id;			    /**<   0 */
	sd_le32 type;			    /**<   8 */
	uint8_t pad[4];			    /**<  12 */
	struct sd_zookeeper_node_08 sender; /**<  16 */
	sd_le64 msg_len;		    /**< 120 */
	sd_le64 nr_nodes;		    /**< 128 */
	sd_le64 buf_len;		    /**< 136 */
};

#endif
