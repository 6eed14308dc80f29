/*
 * Histories of reads and writes: what every VDI must contain, and whether it does (I1, I3).
 *
 * Whoever gives clients their work tells the history when each write and read begins and ends. A
 * read that a client makes is judged at once; check_history() reads back everything that was ever
 * written, with real requests through gateways, and judges that.
 *
 * VDIs are known by the name under which clients open them: "alpha", "alpha:tag" for a snapshot. A
 * VDI that the history saw being created must be zero where nothing was written; of others only
 * what was written is judged.
 */
#ifndef SHEEPSIM_CHECK_HISTORY_H
#define SHEEPSIM_CHECK_HISTORY_H

#include "check/report.h"
#include "client/frontend.h"

struct history;
struct write;
struct history_read;
struct history_copy;
struct readback;

struct history *history_new(struct trace *trace);
void history_free(struct history *h);

/* A VDI has been created; it is gone, or nobody knows any more what became of it. */
void history_created(struct history *h, const char *vdi);
void history_gone(struct history *h, const char *vdi);

/* The cluster was formatted: there are no VDIs any more. */
void history_formatted(struct history *h);

/* Its objects are kept in strips. */
void history_coded(struct history *h, const char *vdi);

/*
 * From now on only objects are judged, which are called "@" and their oid (spoken.h). wanted():
 * must this object still be there?
 */
void history_by_object(struct history *h, bool (*wanted)(void *arg, uint64_t oid), void *arg);

enum history_end {
	HISTORY_OK,
	HISTORY_FAILED,	 /* ended with an error: writes may be there or not */
	HISTORY_LOST,	 /* nobody knows when it ends: writes may yet take effect */
	HISTORY_REFUSED, /* never begun */
};

/*
 * A write; the result is for history_write_end(). data is borrowed. NULL: an object of which so
 * many writes have no known end that it is not judged any more.
 */
struct write *history_write_begin(struct history *h, const char *vdi, uint64_t offset,
				  struct blob *data);
void history_write_end(struct history *h, const char *vdi, struct write *w, enum history_end end);

/*
 * A read; data: what was read (HISTORY_OK), result: SD_RES_* (HISTORY_FAILED). who: the reader, for
 * the words. A violation is emitted at once, and reported by the next check.
 */
struct history_read *history_read_begin(struct history *h, const char *vdi, uint64_t offset,
					uint64_t len);
void history_read_end(struct history *h, struct history_read *r, enum history_end end,
		      struct blob *data, uint32_t result, const char *who);

/* A snapshot; tag: under which it can be opened, "" if by no tag. */
struct history_copy *history_snapshot_begin(struct history *h, const char *vdi);
void history_snapshot_end(struct history *h, struct history_copy *copy, const char *tag,
			  enum history_end end);

/* Nothing is under way in the cluster: what was lost has ended too. */
void history_quiet(struct history *h);

/* Moves what reads have shown since the last time into the report. */
void history_report(struct history *h, struct report *r);

/* A client to read through, and the node that it asks (for the words). */
struct readback_gateway {
	struct frontend *client;
	int node;
};

/*
 * Reads back all that was written, through one gateway after the other. What the first one reads is
 * settled: the others must read the same. The clock has to be run until readback_over(); violations
 * are in history_report() then.
 */
struct readback *readback_start(struct history *h, const struct readback_gateway *gateways,
				unsigned nr);
bool readback_over(const struct readback *b);

/* Stops it before it is over: no more requests, no more judgements. */
void readback_stop(struct readback *b);

/* Frees it, after its clients; gives the bytes that were compared (through the first gateway). */
uint64_t readback_end(struct readback *b);

#endif
