/*
 * What the files of the history share.
 */
#ifndef SHEEPSIM_CHECK_HISTORY_INTERNAL_H
#define SHEEPSIM_CHECK_HISTORY_INTERNAL_H

#include <sys/queue.h>

#include "check/possible.h"
#include "check/history.h"

struct vdi_history {
	char *name;
	struct possible content;
	LIST_HEAD(, history_read) reads; /* that are under way */
	LIST_HEAD(, history_copy) copies;
	uint32_t refs; /* the table, reads, snapshots under way */
	bool gone;     /* not in the table any more */
	bool muted;    /* not judged */
	bool dropped;  /* an object whose writes are not followed any more */
	UT_hash_handle hh;
};

/* A write whose client is gone: it may take effect until nothing is under way any more. */
struct lost_write {
	struct write *write;
	LIST_ENTRY(lost_write) link;
};

struct history_finding {
	const char *invariant;
	char *text;
};

struct history {
	struct trace *trace;
	uint64_t time; /* raised by every beginning and end */
	struct vdi_history *vdis;
	LIST_HEAD(, lost_write) lost;
	/* only objects are judged; see history_by_object() */
	bool (*wanted)(void *arg, uint64_t oid);
	void *wanted_arg;
	struct history_finding *found; /* by reads, not reported yet */
	size_t nr_found;
};

struct vdi_history *history_find(struct history *h, const char *name);

/* Something that was written cannot be read back at all. */
void history_unreadable(struct history *h, const char *who, const char *vdi, uint64_t offset,
			const struct outcome *o);

#endif
