/*
 * Inside the API: one call that a client works on, from its beginning to its end, blocking or not.
 */
#ifndef SHEEPSIM_API_CALL_H
#define SHEEPSIM_API_CALL_H

#include "api/sim.h"

enum call_kind {
	CALL_WRITE,
	CALL_READ,
	CALL_CREATE,
	CALL_LOOKUP,
	CALL_LIST,
	CALL_SNAPSHOT,
	CALL_DELETE,
	CALL_DISCARD,
	CALL_FLUSH,
	CALL_BRANCH,
	CALL_FILL,
	CALL_RELEASE,
	CALL_COPIES,
};

/* One call of the API that a client works on. */
struct call {
	struct sheepsim_client *client;
	enum call_kind kind;
	char *vdi;	   /* as the history knows it */
	struct text words; /* what is done, then how it ended */
	/* what is done to a range of bytes: */
	struct vdi_name name;
	uint64_t offset;
	struct write *write;
	struct history_read *read;
	struct history_copy *copy;
	char tag[SD_MAX_VDI_TAG_LEN + 1];
	/* asynchronous: */
	sheepsim_done_fn done;
	void *arg;
	/* blocking: somebody waits for it, or has given up */
	bool blocking, over, abandoned;
	void *buf;  /* reads */
	size_t len; /* of the range */
	struct sheepsim_vdi_info *infos;
	size_t max;
	int nr;
	struct sheepsim_done ended;
};

/*
 * 0 if this client may begin a call now, else an error. Takes the name of the VDI apart as QEMU
 * writes it; name NULL: the call names none that way.
 */
int call_check(struct sheepsim_client *c, bool blocking, const char *vdi, struct vdi_name *name);

/* A call; the caller fills in what its kind needs, adds to its words, and starts it. */
struct call *call_new(struct sheepsim_client *c, enum call_kind kind, const char *vdi);

/* One that is waited for, on a VDI or ("") on none: "create alpha". */
struct call *call_blocking(struct sheepsim_client *c, enum call_kind kind, const char *vdi,
			   const char *what);

/*
 * One on a range of bytes of a VDI. 0 with *call, or an error: the client may not begin it now, or
 * no VDI has such bytes.
 */
int call_on_range(struct sheepsim_client *c, enum call_kind kind, bool blocking, const char *vdi,
		  uint64_t offset, uint64_t len, struct call **call);

/* What the frontend calls at the end (an outcome_fn). */
void call_ends(void *arg, const struct outcome *o);

/*
 * For a blocking call: lets time pass until it is over, and frees it. Returns call->nr or an
 * error.
 */
int call_wait(struct call *call);

#endif
