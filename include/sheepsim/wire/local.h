/** @file
 * The local cluster driver: sheep of one host share a file that all of them map into memory.
 *
 * Nothing goes over a network. The file has two rings of events, one for BLOCK events, one for all
 * others, which always come first. Who wants to say something takes an exclusive flock of the file,
 * appends an event, and wakes the others with SIGUSR1; each process has its own place in the rings.
 * A JOIN is looked at by the members in turn; the first that accepts it rewrites type and buffer
 * where they are, and until then nobody goes on. Every 50 ms the members look whether the others'
 * processes live. Each event has the list of members after it.
 *
 * The layout is that of 0x09 and 0x0a; names that end with _08 are of 0x08. No version is said:
 * files of different releases have different sizes, and a newcomer of another release truncates or
 * extends the file, whereupon nobody understands anybody.
 */
#ifndef SHEEPSIM_WIRE_LOCAL_H
#define SHEEPSIM_WIRE_LOCAL_H

#include "sheepsim/wire/older.h"

/**
 * Versions of this protocol; sheepdog has no numbers for them. 1: 0.4; 2: 0.5 (GATEWAY, two rings);
 * 3: 0.5.6 (longer records, buffer of 128 KiB); 4: 0.6 (UPDATE_NODE); 5: 0.7 (JOIN and ACCEPT in
 * place of request and response); 6: 0.8 and later (longer records).
 */
#define SD_LOCAL_VER 6
/** The version that the structures with names that end with _08 are of. */
#define SD_LOCAL_VER_08 5

/** Members that a cluster with this driver can have. */
#define SD_LOCAL_MAX_NODES 1024
/** The file's name in the directory for temporary files, unless another path is given. */
#define SD_LOCAL_FILE "sheepdog_shm"
/** Bytes of an event's buffer; what is longer is cut. */
#define SD_LOCAL_BUF_SIZE 131072
/** Nodes whose records are whole in a cluster_info that was cut so. */
#define SD_LOCAL_CUT_NODES 1637
/** Events in a ring. */
#define SD_LOCAL_RING 500
/** Bytes of an event. */
#define SD_LOCAL_EVENT_SIZE 221304
/** Bytes of the file. */
#define SD_LOCAL_QUEUE_SIZE 221304016
/** Bytes of an event of 0x08. */
#define SD_LOCAL_EVENT_SIZE_08 196704
/** Bytes of the file of 0x08. */
#define SD_LOCAL_QUEUE_SIZE_08 196704016
/** Bytes of an event of 0x05. */
#define SD_LOCAL_EVENT_SIZE_05 94264
/** Bytes of an event of 0x06. */
#define SD_LOCAL_EVENT_SIZE_06 106576
/** Bytes of an event of 0x07. */
#define SD_LOCAL_EVENT_SIZE_07 196712

/** Events since 0x08: X(NAME, type). Type 0: the place in the ring was never used. */
#define SD_LOCAL_EVENTS(X)                                                                         \
	X(JOIN, 1)                                                                                 \
	X(ACCEPT, 2)                                                                               \
	X(LEAVE, 3)                                                                                \
	X(GATEWAY, 4)                                                                              \
	X(BLOCK, 5)                                                                                \
	X(NOTIFY, 6)                                                                               \
	X(UPDATE_NODE, 7)

/** What each event is. */
enum sd_local_event_type {
	SD_LOCAL_JOIN = 1,    /**< the sender wants to join; buffer: its cluster_info */
	SD_LOCAL_ACCEPT = 2,  /**< a JOIN that was accepted; buffer: the acceptor's */
	SD_LOCAL_LEAVE = 3,   /**< the sender's process is gone */
	SD_LOCAL_GATEWAY = 4, /**< the sender has left, but goes on as a gateway */
	SD_LOCAL_BLOCK = 5,   /**< the sender runs alone when this is first in its ring */
	SD_LOCAL_NOTIFY = 6, /**< buffer: a vdi_op_message; ends the sender's block if it had one */
	SD_LOCAL_UPDATE_NODE = 7, /**< the sender's record has changed */
};

/** A member. */
struct sd_local_node {
	struct sd_node node; /**<  0 */
	sd_le32 pid;	     /**< 80: of its process */
	uint8_t gateway;     /**< 84: 1: it has left, but goes on as a gateway */
	uint8_t pad[3];	     /**< 85 */
};

/** An event. */
struct sd_local_event {
	sd_le32 type;					/**< 0: SD_LOCAL_* */
	uint8_t pad[4];					/**< 4 */
	struct sd_local_node sender;			/**< 8 */
	uint8_t callbacked;				/**< 96: 1: BLOCK: its work has begun */
	uint8_t removed;				/**< 97: 1: it does not count any more */
	uint8_t pad2[6];				/**< 98 */
	sd_le64 buf_len;				/**< 104: bytes used of buf */
	uint8_t buf[SD_LOCAL_BUF_SIZE];			/**< 112 */
	sd_le64 nr_nodes;				/**< 131184: entries used of nodes */
	struct sd_local_node nodes[SD_LOCAL_MAX_NODES]; /**< 131192: members after the event */
};

/** The file. */
struct sd_local_queue {
	sd_le32 block_pos;			    /**< 0: signed; the last BLOCK event */
	uint8_t pad[4];				    /**< 4 */
	struct sd_local_event block[SD_LOCAL_RING]; /**< 8 */
	sd_le32 nonblock_pos;			    /**< 110652008: signed; the last other event */
	uint8_t pad2[4];			    /**< 110652012 */
	struct sd_local_event nonblock[SD_LOCAL_RING]; /**< 110652016 */
};

/** A member in 0x08. */
struct sd_local_node_08 {
	struct sd_node_08 node; /**<  0 */
	sd_le32 pid;		/**< 56 */
	uint8_t gateway;	/**< 60 */
	uint8_t pad[3];		/**< 61 */
};

/** An event in 0x08. */
struct sd_local_event_08 {
	sd_le32 type;					   /**< 0 */
	uint8_t pad[4];					   /**< 4 */
	struct sd_local_node_08 sender;			   /**< 8 */
	uint8_t callbacked;				   /**< 72 */
	uint8_t removed;				   /**< 73 */
	uint8_t pad2[6];				   /**< 74 */
	sd_le64 buf_len;				   /**< 80 */
	uint8_t buf[SD_LOCAL_BUF_SIZE];			   /**< 88 */
	sd_le64 nr_nodes;				   /**< 131160 */
	struct sd_local_node_08 nodes[SD_LOCAL_MAX_NODES]; /**< 131168 */
};

/** The file in 0x08. */
struct sd_local_queue_08 {
	sd_le32 block_pos;				  /**< 0 */
	uint8_t pad[4];					  /**< 4 */
	struct sd_local_event_08 block[SD_LOCAL_RING];	  /**< 8 */
	sd_le32 nonblock_pos;				  /**< 98352008 */
	uint8_t pad2[4];				  /**< 98352012 */
	struct sd_local_event_08 nonblock[SD_LOCAL_RING]; /**< 98352016 */
};

#endif
