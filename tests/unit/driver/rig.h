/*
 * The tests of driver/: a hub and fake nodes that call all that the driver offers (R101), and write
 * down what it calls (R102). Each line starts with the time in microseconds and the node:
 *
 *	200 0: check 1, others 0, "o1"           the join check
 *	400 0: accept 1, members 0 1, "o1/0"     the opaque shows who has rewritten it
 *	900 0: leave 1, members 0
 *	900 0: notify from 1: "hello"
 *	900 0: block: started (or: not yet)
 *	900 0: update 1, members 0 1, 64 vnodes
 *	900 0: refused: ... (or failed: ...)
 *
 * It takes 100 us from a node to the hub and back, and 10 ms to notice a death.
 */
#ifndef TESTS_UNIT_DRIVER_RIG_H
#define TESTS_UNIT_DRIVER_RIG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include <sheepsim/wire/driver.h>

#include "base/mem.h"
#include "base/text.h"
#include "driver/hub_private.h"
#include "placement/view.h"

#define PLACES 6
#define US     NSEC_PER_USEC

struct rig;

/* A process at a place. */
struct fake {
	struct rig *rig;
	int place;
	struct world world;
	struct driver *driver; /* NULL: there is none */
	struct node_rec rec;
	bool refuses; /* its join check says no */
	bool busy;    /* cannot start a block yet */
	bool exits;   /* ends its process in the next callback */
	uint8_t lowest, highest;
	struct text log; /* what it was told, without times, whatever becomes of rig's log */
};

struct rig {
	struct universe u;
	struct commons *commons;
	struct hub *hub;
	struct text log;
	uint64_t start; /* of the times in log */
	struct fake node[PLACES];
};

struct rig *rig_open(void);
/* NULL: with the defaults of the hub, times too. */
struct rig *rig_open_with(const struct hub_options *o);
void rig_close(struct rig *r);

/* A process starts at a place and submits itself with opaque "o<place>". */
void rig_start(struct rig *r, int place);
/* Places 0 .. n-1 start one after the other; their transcript is dropped. */
void rig_form(struct rig *r, int n);
/* The process dies. */
void rig_kill(struct rig *r, int place);

/* The line between the process there and the hub, to put bytes on it. */
struct hub_node *rig_link(struct rig *r, int place);

void rig_notify(struct rig *r, int place, const char *words);
void rig_unblock(struct rig *r, int place, const char *words);

/* From now on the log counts from 0. */
void rig_restart_clock(struct rig *r);

/* Runs all events up to a time, in us, from now on; rig_run(): until there are none. */
void rig_pass(struct rig *r, uint64_t us);
void rig_run(struct rig *r);

/* What was written down since the last time; rig_drop(): whatever it was. */
void rig_expect(struct rig *r, const char *text);
void rig_drop(struct rig *r);

int join_tests(void);
int rejoin_tests(void);
int life_tests(void);
int event_tests(void);
int block_tests(void);
int delivery_tests(void);
int session_tests(void);

#endif
