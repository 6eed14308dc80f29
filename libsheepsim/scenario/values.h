/*
 * Words to numbers and back: sizes, times, names that were nearly right. Integers only; what does
 * not fit is said, never cut.
 */
#ifndef SHEEPSIM_SCENARIO_VALUES_H
#define SHEEPSIM_SCENARIO_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

enum number_fault {
	NUMBER_OK,
	NUMBER_MALFORMED,
	NUMBER_UNIT,	 /* no unit where one is needed, or an unknown one */
	NUMBER_TOO_BIG,	 /* does not fit into 64 bits */
	NUMBER_FRACTION, /* is no whole number of bytes or ns */
};

/* "17", "0x11" */
enum number_fault parse_count(const char *word, uint64_t *count);
/* "512", "4K", "1.5M", "64MiB": bytes */
enum number_fault parse_size(const char *word, uint64_t *bytes);
/* "0", "10us", "1.5ms", "30s", "2min": ns */
enum number_fault parse_time(const char *word, uint64_t *ns);

/* What is wrong, for messages. */
const char *number_fault_words(enum number_fault fault);

/* "16 MiB", "4 KiB", "700 bytes": the largest unit that divides it. */
void text_size(struct text *t, uint64_t bytes);
/* "1.5 ms", "20 s": exact. */
void text_time(struct text *t, uint64_t ns);

/* How many single letters differ between two words; anything above `limit` is limit + 1. */
size_t word_distance(const char *a, const char *b, size_t limit);

/* Remembers the candidate nearest to a word that is not known. */
struct suggestion {
	const char *word;
	const char *best; /* NULL: nothing is near */
	size_t distance;
};
void suggest(struct suggestion *s, const char *candidate);

#endif
