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

/* The input begins; only where there are several. */
void tell_input(struct book *book, const char *name);

void tell_said(struct book *book, const struct said *said);
void tell_skipped(struct book *book, const struct skipped *skipped);
void tell_closed(struct book *book, const struct talk_info *talk, char by);

/* The end of the input: requests without an answer, and how much there was. Frees them. */
void tell_end(struct book *book);

#endif
