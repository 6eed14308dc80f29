/*
 * Histories of objects, as the messages of clients tell them: for clients of which nothing is known
 * but their bytes, real ones above all.
 *
 * A sink of the stream of events: it sees what clients ask gateways and what they are answered, and
 * tells the history (history.h), object by object. What is judged: the content of data objects and
 * VM states, and the index of inodes, where clients have written to it. An object whose name in the
 * history is "@" and its oid is read back as such.
 *
 * Whether an object that was written must still be there is known at the time of the check: it must
 * if the index of a VDI that is not deleted names it.
 *
 * Used by api/. While it listens, histories of VDIs by name (history_by_object()) are not judged:
 * two clients that write to one VDI are right in their own eyes only.
 */
#ifndef SHEEPSIM_CHECK_SPOKEN_H
#define SHEEPSIM_CHECK_SPOKEN_H

#include "check/history.h"

struct spoken;

/* What the cluster knows of objects. */
struct spoken_facts {
	uint64_t (*size)(void *arg, uint64_t oid);
	bool (*coded)(void *arg, uint64_t oid);
	bool (*wanted)(void *arg, uint64_t oid); /* must it be there? */
	void *arg;
};

/* first: places from here on are those of clients of which only messages are known. */
struct spoken *spoken_new(struct trace *trace, struct history *h, const struct spoken_facts *facts,
			  int first);
void spoken_free(struct spoken *s);

/* Of these clients: requests, and reads and writes that were answered without error. */
struct spoken_counts {
	uint64_t requests, reads, writes;
};
void spoken_counts(const struct spoken *s, struct spoken_counts *counts);

/*
 * I5: which requests of these clients have no answer though their connection is there, and which
 * answers had no request. Nothing is under way. Counts requests.
 */
void spoken_answers(struct spoken *s, struct report *r, uint64_t *requests);

#endif
