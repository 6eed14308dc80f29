/*
 * What the tests of recovery share: a record of what nodes said and did, messages that are held or
 * dropped, objects to recover, and where they have to be.
 */
#ifndef TESTS_UNIT_SHEEP_RECOVERY_WATCH_H
#define TESTS_UNIT_SHEEP_RECOVERY_WATCH_H

#include "cluster.h"

#include "sheep/recovery.h"

#define MSEC UINT64_C(1000000)

/* One event. Requests and answers that were sent or received have q: of an answer the opcode only.
 */
struct seen {
	enum trace_kind kind;
	int place;
	uint64_t time;
	uint64_t num[4];
	bool answer;
	struct req q;
	char text[80];
};

struct watch {
	struct cluster *cluster;
	struct trace_sink sink;
	struct seen *seen;
	size_t nr, cap;
};

/* Records from now on. */
struct watch *watch_begin(struct cluster *c);
void watch_end(struct watch *w);
/* Forgets what was seen so far. */
void watch_clear(struct watch *w);

/* The n-th (0, 1, ...) event of this kind at this node, NULL: there is none. */
const struct seen *watch_event(const struct watch *w, enum trace_kind kind, int place, size_t n);
size_t watch_count(const struct watch *w, enum trace_kind kind, int place);
/* The n-th request of this opcode that a node has sent. */
const struct seen *watch_sent(const struct watch *w, int place, uint8_t opcode, size_t n);
size_t watch_sent_count(const struct watch *w, int place, uint8_t opcode);
/* How many of these were about an object. */
unsigned watch_sent_about(const struct watch *w, int place, uint8_t opcode, uint64_t oid);
/* The n-th request of a node to recover an object, NULL: there is none. */
const struct seen *watch_fetch(const struct watch *w, int place, uint64_t oid, size_t n);
/* It is there, and went to this node, as of this epoch. */
void expect_fetch(const struct watch *w, int place, uint64_t oid, size_t n, unsigned to,
		  uint32_t epoch);
/* The RECOVERY_OBJECT event of this object at this node; NULL: none. */
const struct seen *watch_object(const struct watch *w, int place, uint64_t oid);
/* Most requests of this opcode that a node had under way at any time. */
unsigned watch_most_under_way(const struct watch *w, int place, uint8_t opcode);

/* Acts on messages of this opcode (answer: 0 requests, 1 answers; from, to: -1 any). */
struct fault_filter *filter_begin(struct cluster *c, enum fault_action action, int from, int to,
				  uint8_t opcode, int answer);
/* Ends it, and lets go what it holds. */
void filter_end(struct cluster *c, struct fault_filter *f);

/* A VDI with nr data objects, different from each other; its vid. */
uint32_t make_objects(struct cluster *c, uint32_t nr);
void make_object(struct cluster *c, uint64_t oid);
/* The first bytes that make_objects() gave to this object, and what they are on a node's disk (0:
 * there is no such live object; stale_epoch not 0: that stale copy). */
uint64_t made_content(uint64_t oid);
uint64_t content_at(const struct cluster *c, int node, uint64_t oid, uint32_t stale_epoch);
/* Data objects 0 .. nr-1 of vid read as they were made, through node i. */
void expect_made(struct cluster *c, int i, uint32_t vid, uint32_t nr);
/* Overwrites an object through node i with made_content() of another oid. */
void overwrite(struct cluster *c, int i, uint64_t oid, uint64_t like);

/* Starts node i as a gateway: no vnodes, no space. */
void start_gateway(struct cluster *c, int i);

/* Asks node i for a cluster operation without arguments; expects SUCCESS. */
void tell(struct cluster *c, int i, uint8_t opcode);

/*
 * Would a node hold the object if these nodes (bit i: node i) were the members? With so many
 * copies.
 */
bool would_hold(struct cluster *c, unsigned members, int node, uint64_t oid, uint32_t copies);
/* As which replica or strip, -1: it would not. */
int would_hold_as(struct cluster *c, unsigned members, int node, uint64_t oid, uint32_t copies);
/* The only holder of one copy. */
int would_be_at(struct cluster *c, unsigned members, uint64_t oid);

/* The first data object of vid that a node would hold, of so many copies. */
uint64_t held_object(struct cluster *c, uint32_t vid, unsigned members, int node, uint32_t copies);
/*
 * The n-th data object of vid whose only holder would be node `before` of the members `from`, and
 * node `after` of the members `to` (-1: any).
 */
uint64_t moving_object(struct cluster *c, uint32_t vid, uint32_t n, unsigned from, int before,
		       unsigned to, int after);

/* A request to set a VDI's copies, which starts a level run everywhere (R241). */
void alter_copies(struct cluster *c, uint32_t vid, uint8_t copies);

/* Nobody has a run. */
void expect_no_runs(const struct cluster *c);

#endif
