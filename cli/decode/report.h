/*
 * What is shown of all that was said: counts it, leaves out what is not wanted, and hands the rest
 * to text or JSON.
 *
 * Where only some answers are wanted (--result, --errors), a request is kept until its answer is
 * known: both are shown then.
 */
#ifndef SHEEPSIM_CLI_DECODE_REPORT_H
#define SHEEPSIM_CLI_DECODE_REPORT_H

#include "decode/book.h"

void report_said(struct book *book, const struct said *said);
void report_skipped(struct book *book, const struct skipped *skipped);
void report_closed(struct book *book, const struct talk_info *talk, char by);

/* The end of the input: requests without an answer, and how much there was. Frees them. */
void report_end(struct book *book);

/* Is the conversation one that is asked for? */
bool report_wants_talk(const struct decode_options *options, const struct talk_info *talk);

#endif
