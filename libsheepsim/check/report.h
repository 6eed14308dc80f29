/*
 * What checks have found: one line for each violation, with the invariant that it breaks.
 *
 * A check that finds many keeps the first lines and counts the rest, so that a report can be read.
 */
#ifndef SHEEPSIM_CHECK_REPORT_H
#define SHEEPSIM_CHECK_REPORT_H

#include "base/text.h"
#include "trace/trace.h"

struct report {
	struct trace *trace; /* gets a VIOLATION event for each line */
	struct text lines;
	uint32_t violated; /* bits of the checks that found something */
	/* of the check that runs: */
	uint32_t check;
	unsigned found, left_out;
};

void report_init(struct report *r, struct trace *trace);
void report_free(struct report *r);

/* From now on violations belong to this check (one bit). */
void report_begin(struct report *r, uint32_t check);

/* The check is over: tells how many lines were left out. */
void report_end(struct report *r);

/* invariant: "I2". _told: its event was emitted when it was found. */
void report_violation(struct report *r, const char *invariant, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void report_told(struct report *r, const char *invariant, const char *text);

#endif
