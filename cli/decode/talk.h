/*
 * A conversation: makes messages of the bytes that its sides say, and matches answers to requests.
 *
 * Who feeds it says which bytes follow each other, and which are missing. Where what comes next is
 * no header, or where bytes are missing, bytes are passed over up to the next that looks like one,
 * or that stands where the one that is none said that its message ends.
 */
#ifndef SHEEPSIM_CLI_DECODE_TALK_H
#define SHEEPSIM_CLI_DECODE_TALK_H

#include "decode/book.h"

struct talk;

enum talk_kind {
	TALK_SHEEP,    /* with a sheep */
	TALK_SHEPHERD, /* with a shepherd server */
	TALK_LOOSE,    /* with a sheep, but messages of it may be left out anywhere */
};

enum side {
	SIDE_CLIENT,
	SIDE_SERVER,
	SIDE_UNKNOWN, /* one of them: headers must tell */
	NR_SIDES
};

/* from, to: NULL: nobody knows. whole: it is seen from its beginning on. */
struct talk *talk_open(struct book *book, const char *from, const char *to, enum talk_kind kind,
		       bool whole);

/*
 * The next bytes that a side says, at book->now. boundary: a segment or another unit begins with
 * them, as messages mostly do. unit: how many bytes it has from here on, 0: nobody knows.
 */
void talk_bytes(struct talk *t, enum side side, const uint8_t *bytes, size_t len, bool boundary,
		size_t unit);

/* So many bytes are missing. */
void talk_missing(struct talk *t, enum side side, uint64_t len);

/* Nothing more comes of a message that has begun, and what comes next begins one; malformed: it
 * should have. */
void talk_cut(struct talk *t, enum side side, const char *why, bool malformed);

/* The conversation is over, by 'C' or 'S'; 0: the input is. Frees it. */
void talk_close(struct talk *t, char by);

/* Does this look like the front of what a client says (or, answer, of what a sheep answers)? */
bool talk_plausible(const uint8_t *bytes, size_t len, bool answer);

#endif
