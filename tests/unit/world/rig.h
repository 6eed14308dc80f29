/*
 * The tests of world/: a universe with a few places whose handlers write down what they get. Each
 * line starts with the time in microseconds:
 *
 *	100 1: call from 0              a connection was opened
 *	200 1: from 0: op 3 id 7        a message (and "+4096" for its payload)
 *	300 1: lost 0                   the other end closed
 *
 * Without jitter, and with times that are easy to read: 100 us for a message, 200 us for a disk
 * operation, two of which a disk does at once.
 */
#ifndef TESTS_UNIT_WORLD_RIG_H
#define TESTS_UNIT_WORLD_RIG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "world/universe.h"

#define PLACES 3
#define US     NSEC_PER_USEC

struct rig {
	struct universe u;
	struct world w[PLACES];
	struct text log;
	/* what the next frame at this place does besides being written down; used once */
	void (*on_frame[PLACES])(struct rig *r, struct conn *c);
	bool close_in_closed;
};

/* Something on a place's loop that writes its name down. */
struct tick {
	struct timer timer;
	struct rig *rig;
	const char *name;
};

struct io {
	struct disk_io io;
	struct rig *rig;
	const char *name;
};

extern const struct conn_handler rig_handler;

struct rig *rig_open(uint64_t seed);
void rig_close(struct rig *r);
/* Ends everything with whatever is under way. */
void rig_abandon(struct rig *r);
struct node_id rig_address(int place);
struct conn *rig_dial(struct rig *r, int from, int to);
void rig_say(struct conn *c, uint8_t opcode, uint32_t id);
void rig_say_oid(struct conn *c, uint8_t opcode, uint32_t id, uint64_t oid);
void rig_say_bytes(struct conn *c, uint32_t id, uint64_t size);
void rig_tick(struct rig *r, struct tick *t, int place, uint64_t us, const char *name);
void rig_io(struct rig *r, struct io *io, int place, uint32_t disk, const char *name);

/* Runs all events up to a time, in us; rig_run(): until there are none. */
void rig_run_to(struct rig *r, uint64_t us);
void rig_run(struct rig *r);

/* What was written down since the last time. */
void rig_expect(struct rig *r, const char *text);

int clock_tests(void);
int net_tests(void);
int hold_tests(void);
int cut_tests(void);
int filter_tests(void);
int disk_tests(void);

#endif
