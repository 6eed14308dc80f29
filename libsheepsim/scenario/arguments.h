/*
 * From a line to a call: words, and what each is by the command's table of parameters.
 */
#ifndef SHEEPSIM_SCENARIO_ARGUMENTS_H
#define SHEEPSIM_SCENARIO_ARGUMENTS_H

#include "scenario/script.h"

/* Splits a line into words: blanks separate them, quotes keep blanks, # begins a comment. */
bool split_words(struct call *call, const struct span *line, struct complaint *c);

/* Finds the command of the words and gives each other word its parameter. */
bool parse_call(struct call *call, struct complaint *c);

/* Takes a condition ("faults>=1") apart. False: it is none. */
struct condition {
	char name[32];
	char relation[3]; /* ">=", "<=", "=", "<", ">" */
	uint64_t number;
};
bool parse_condition(const char *word, struct condition *condition);

/* Takes the name of an object apart; names of VDIs are looked up when it is needed. */
struct object_name {
	char vdi[257]; /* "alpha", "alpha@tag"; empty: oid is the number itself */
	bool has_index;
	uint32_t index; /* of the data object; without: the inode */
	uint64_t oid;
};
bool parse_object(const char *word, struct object_name *object);

#endif
