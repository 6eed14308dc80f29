/*
 * Inside dog: a run, and how its functions go from request to request.
 *
 * A function of a run is left where it waits, and entered again with the answer; so it keeps what
 * it needs in struct dog, not in variables of its own. It looks like this:
 *
 *	static enum dog_next resize(struct dog *d)
 *	{
 *		DOG_BEGIN(d);
 *		DOG_CALL(d, dog_find_vdi);		// another such function
 *		if (d->result != SD_RES_SUCCESS)
 *			return dog_stop(d, DOG_FAILED);
 *		dog_ask_read(d, oid, 0, INODE_HEAD);
 *		DOG_AWAIT(d);				// d->result, d->rsp, d->data
 *		...
 *		DOG_END(d);
 *	}
 */
#ifndef SHEEPSIM_CLIENT_DOG_INTERNAL_H
#define SHEEPSIM_CLIENT_DOG_INTERNAL_H

#include <sheepsim/wire/admin.h>
#include <sheepsim/wire/cluster.h>
#include <sheepsim/wire/driver.h>
#include <sheepsim/wire/frontend.h>
#include <sheepsim/wire/object.h>
#include <sheepsim/wire/peer.h>

#include "base/mem.h"
#include "base/text.h"
#include "client/dog/dog.h"
#include "client/frontend.h"
#include "wire/dialect.h"
#include "wire/records_admin.h"
#include "wire/records_vdi.h"

#define DOG_DEPTH 6 /* functions that wait for one another */

struct dog;

enum dog_next { DOG_WAITS, DOG_CALLS, DOG_ENDS, DOG_STOPS };
typedef enum dog_next dog_function(struct dog *d);
typedef dog_function *dog_fn;

#define DOG_BEGIN(d)                                                                               \
	switch (dog_frame(d)->at) {                                                                \
	case 0:
#define DOG_AWAIT(d)                                                                               \
	do {                                                                                       \
		dog_frame(d)->at = __LINE__;                                                       \
		return DOG_WAITS;                                                                  \
	case __LINE__:;                                                                            \
	} while (0)
#define DOG_CALL(d, fn)                                                                            \
	do {                                                                                       \
		dog_frame(d)->at = __LINE__;                                                       \
		dog_push(d, fn);                                                                   \
		return DOG_CALLS;                                                                  \
	case __LINE__:;                                                                            \
	} while (0)
#define DOG_END(d)                                                                                 \
	}                                                                                          \
	return DOG_ENDS

struct dog_frame {
	dog_fn fn;
	int at; /* the line where it goes on; 0: its beginning */
};

/* A connection, kept for the whole run. */
struct dog_link {
	struct session session;
	LIST_ENTRY(dog_link) link;
};

/* What options say (options.c). */
struct dog_options {
	bool force, verbose, raw, exclusive, prealloc, no_share, hyper, delete, all, local, diff,
		progress, exist, reduce, strict, lock, recycle, diskfull, fixed_vnodes, writeback,
		help, time;
	uint8_t copies, copy_policy;
	bool copies_set;
	uint8_t shift; /* 0: not given */
	char tag[SD_MAX_VDI_TAG_LEN + 1];
	uint32_t snapid;
	bool snapshot; /* one of these is given */
	char from_tag[SD_MAX_VDI_TAG_LEN + 1];
	uint32_t from_snapid;
	uint32_t index;
	bool index_set;
	uint64_t oid;
	char store[SD_STORE_NAME_LEN + 1];
};

/* Which VDI, and what is known of it. */
struct dog_vdi {
	struct vdi_name name;
	uint32_t vid;
	struct inode_head head;
	struct blob *inode; /* as far as it was read, from its beginning */
};

static inline void forget_inode(struct dog_vdi *v)
{
	blob_unref(v->inode);
	v->inode = NULL;
}

struct dog_file;

struct dog {
	struct admin *admin;
	struct world *world;
	const struct dog_command_line *command;
	struct dog_frame frames[DOG_DEPTH];
	unsigned int depth;
	LIST_HEAD(, dog_link) links;
	struct node_id via;
	enum dialect dialect;	/* the release that it is of */
	struct timer beginning; /* the start is over: it may call back */

	/* the request and its answer */
	struct exchange x;
	const struct node_id *asked; /* a link's */
	bool refused;		     /* there was no connection */
	uint32_t result;	     /* SD_RES_*; NETWORK_ERROR: there was none */
	struct rsp rsp;
	struct blob *data; /* what followed the answer; until the next request */

	/* the command line */
	char **words; /* owned; words[0] is the first behind the subcommand */
	char **all_words;
	size_t nr_words, nr_all_words;
	struct dog_options o;
	struct blob *input;

	/* what was asked of the cluster */
	struct node_rec *nodes;
	size_t nr_nodes;
	uint32_t epoch;
	uint32_t cluster_result; /* of STAT_CLUSTER: its status */
	struct epoch_log cluster;

	/* what functions keep while they wait */
	struct dog_vdi vdi, other;
	uint32_t i, k, n, m; /* counters of commands */
	uint32_t at;	     /* of functions that commands call */
	uint32_t holders[SD_MAX_COPIES];
	uint32_t nr_holders;
	uint64_t offset, length, done;
	struct blob *bytes;
	struct text table;
	void *own;		     /* of one command; freed at the end */
	void (*own_free)(void *own); /* NULL: free() does */
	struct dog_listing *listing;

	/* the end */
	struct text output, warnings;
	struct blob *out; /* not text */
	int status;
	void (*ended)(void *arg, const struct dog_end *end);
	void *arg;
	LIST_ENTRY(dog) link;
};

/* ------------------------------------------------------------------ engine.c */

static inline struct dog_frame *dog_frame(struct dog *d)
{
	return &d->frames[d->depth - 1];
}

void dog_push(struct dog *d, dog_fn fn);

/* Ends the run with this status; to be returned. */
enum dog_next dog_stop(struct dog *d, int status);

/* Prints. */
void dog_say(struct dog *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same to its other output, which is shown behind all of the first one. */
void dog_warn(struct dog *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds to what it writes to its standard output; consumes b. */
void dog_put(struct dog *d, struct blob *b);

/*
 * Sends d->x.req with a payload (consumed, may be NULL) to a node (NULL: via). The function that
 * calls it waits next.
 */
void dog_send(struct dog *d, const struct node_id *to, struct blob *payload);

/* Begins d->x.req. room: for the answer. */
struct req *dog_prepare(struct dog *d, uint8_t opcode, uint32_t room);

/* Both of it, to via, without fields. */
void dog_ask(struct dog *d, uint8_t opcode, uint32_t room);

/* ------------------------------------------------------------------ ask.c */

/* The list of nodes, then the cluster's state: how many commands begin. */
enum dog_next dog_prelude(struct dog *d);

/* d->vdi.name: the first argument, and the snapshot of -s. */
void dog_take_name(struct dog *d);
/* -f, or "yes" from the input: for what cannot be undone. */
bool dog_confirmed(const struct dog *d);

/* GET_VDI_INFO of d->vdi.name; d->vdi.vid. Says what went wrong. */
enum dog_next dog_find_vdi(struct dog *d);
/* The same, then d->vdi.head and .inode: all of it, or the header only. */
enum dog_next dog_read_vdi(struct dog *d);
enum dog_next dog_read_header(struct dog *d);

/* Objects of the VDI v. Reads go to via. */
void dog_ask_read(struct dog *d, uint16_t flags, uint64_t oid, uint64_t offset, uint64_t len);
void dog_ask_write(struct dog *d, const struct dog_vdi *v, uint8_t opcode, uint16_t flags,
		   uint64_t oid, uint64_t offset, struct blob *data);
void dog_ask_vdi(struct dog *d, uint8_t opcode, const struct vdi_name *name);

/* NEW_VDI for d->vdi's name and spec in q; d->rsp.vdi.vdi_id. */
void dog_ask_new(struct dog *d, const struct req *q, const char *name);

/* The answer's inode header. False: malformed. */
bool dog_take_head(struct dog *d, struct dog_vdi *v);

/* Objects that the VDI has room for. */
uint32_t dog_nr_objects(const struct inode_head *h);
uint64_t dog_object_size(const struct inode_head *h);
/* The vid of entry i of its index, 0: none; of a B-tree too, if it is no deeper than its root. */
uint32_t dog_owner(const struct dog_vdi *v, uint32_t i);

/* Of its release: bytes of an inode. */
uint64_t dog_inode_size(const struct dog *d);
/* The answer to CLUSTER_INFO; zeros if it makes no sense. */
void dog_take_info(const struct dog *d, struct cluster_info *info);
/* Has its release no such option? Then that is said; the run is to be stopped. */
bool dog_lacks_option(struct dog *d, const struct req *q);

/* In how many zones are the nodes of the list? */
uint32_t dog_count_zones(const struct dog *d);

/* Where the nodes of the list put an object: d->holders, indexes of nodes. */
void dog_locate(struct dog *d, uint64_t oid, uint32_t copies);

/* ------------------------------------------------------------------ list.c */

/*
 * Goes through all VDIs that are not deleted, by READ_VDIS, READ_DEL_VDIS, and their inodes. visit
 * is called for each, with d->vdi.head, and .inode if with_index; it may be a function that waits.
 */
struct dog_listing {
	bool with_index;
	bool (*wanted)(struct dog *d); /* NULL: all; by the head, before the index is read */
	dog_fn visit;		       /* NULL: nothing */
	uint8_t *in_use;
	uint32_t next; /* vid */
};
void dog_begin_list(struct dog *d, bool with_index, dog_fn visit);
enum dog_next dog_list(struct dog *d);

/* ------------------------------------------------------------------ vdi.c, io.c, show.c */

/* Fields of NEW_VDI as of a VDI that there is. */
struct req dog_like(const struct inode_head *h);

/* Deletes d->vdi.name: zeroes its index, then DEL_VDI. */
enum dog_next dog_delete(struct dog *d);
/* d->vdi, a snapshot, becomes d->other; the working VDI of the first argument is deleted. */
enum dog_next dog_replace_working(struct dog *d);

/* Writes d->length bytes of the input to d->vdi, which was read as a whole, from d->offset on. */
enum dog_next dog_write_range(struct dog *d);

/* The table of GET_VDI_COPIES: d->bytes; is the VDI locked in there? */
enum dog_next dog_ask_locks(struct dog *d);
bool dog_lock_of(const struct dog *d, uint32_t vid, struct vdi_state *s);

/* ------------------------------------------------------------------ cluster.c */

/* STAT_CLUSTER of all epochs, d->n nodes each. dog_epoch_at(): the i-th, newest first; 0: none.
 * *nodes is to be free()d. */
enum dog_next dog_epochs(struct dog *d);
size_t dog_epoch_at(const struct dog *d, uint32_t i, struct epoch_log *log,
		    struct node_rec **nodes);

/* Formats the cluster as the options say, unless that is not confirmed. d->result. */
enum dog_next dog_format(struct dog *d);

/* ------------------------------------------------------------------ words.c */

/* "16 MB"; raw: bytes. buf is returned. */
const char *dog_size(const struct dog *d, uint64_t bytes, char buf[32]);
/* "3", "4:2" */
const char *dog_redundancy(uint8_t copies, uint8_t policy, char buf[16]);
/* Times of the cluster: "2026-11-22 07:12", with seconds, or as ctime() has it. */
const char *dog_minute(uint64_t seconds, char buf[32]);
const char *dog_second(uint64_t seconds, char buf[32]);
const char *dog_ctime(uint64_t seconds, char buf[32]);
/* A result as dog says it. */
const char *dog_result(uint32_t result);
/* "127.0.0.1:7000" */
const char *dog_node(const struct node_id *id, char buf[64]);
/* "4M" -> bytes; false: no size. */
bool dog_parse_size(const char *word, uint64_t *bytes);

/* ------------------------------------------------------------------ subcommands */

dog_function dog_cluster_alter_copy, dog_cluster_check, dog_cluster_format, dog_cluster_info,
	dog_cluster_recover_disable, dog_cluster_recover_enable, dog_cluster_recover_force,
	dog_cluster_reweight, dog_cluster_shutdown, dog_cluster_snapshot_list,
	dog_cluster_snapshot_load, dog_cluster_snapshot_save, dog_cluster_snapshot_show;
dog_function dog_node_info, dog_node_kill, dog_node_list, dog_node_log_get, dog_node_log_list,
	dog_node_log_set, dog_node_md_info, dog_node_md_plug, dog_node_md_unplug,
	dog_node_recovery_get, dog_node_recovery_info, dog_node_recovery_set, dog_node_stat,
	dog_node_vnodes_set;
dog_function dog_trace_disable, dog_trace_enable, dog_trace_status;
dog_function dog_vdi_alter_copy, dog_vdi_backup, dog_vdi_cache_delete, dog_vdi_cache_flush,
	dog_vdi_cache_info, dog_vdi_cache_purge, dog_vdi_check, dog_vdi_clone, dog_vdi_create,
	dog_vdi_delete, dog_vdi_getattr, dog_vdi_graph, dog_vdi_list, dog_vdi_lock_list,
	dog_vdi_lock_unlock, dog_vdi_object_location, dog_vdi_object_map, dog_vdi_read,
	dog_vdi_resize, dog_vdi_restore, dog_vdi_rollback, dog_vdi_setattr, dog_vdi_snapshot,
	dog_vdi_track, dog_vdi_tree, dog_vdi_write;

struct dog_command_line {
	const char *words;   /* "vdi create" */
	const char *usage;   /* its own arguments: "<vdiname> <size>" */
	const char *options; /* letters, in the order of its help */
	unsigned int least;  /* arguments */
	unsigned int most;
	dog_fn run;
	const char *about;
};

/* command.c: takes the words apart. False: d->status, and what is wrong was said. */
bool dog_parse(struct dog *d);
/* The command line is no good: says why, with a word; false. */
bool dog_refuse(struct dog *d, const char *why, const char *word);

/* options.c: takes the option at word i; how many words that were; 0: it is wrong, and that was
 * said. */
size_t dog_parse_option(struct dog *d, size_t i);
/* Prints the usage of the command, with its options. */
void dog_usage(struct dog *d);

#endif
