/*
 * The commands of the scenario language, as tables: name, parameters, help and handler stand once,
 * in one entry. Parsing, error messages, suggestions, usage lines, the manual and the dispatch all
 * come from the entry.
 */
#ifndef SHEEPSIM_SCENARIO_COMMAND_H
#define SHEEPSIM_SCENARIO_COMMAND_H

#include "scenario/script.h"

struct run;
struct text;

enum value_type {
	VALUE_FLAG,	 /* a word that stands for itself: strict */
	VALUE_COUNT,	 /* 0, 17, 0x1f */
	VALUE_SIZE,	 /* bytes: 512, 4K, 64M, 1.5G */
	VALUE_TIME,	 /* 10ms, 2s: kept in ns */
	VALUE_NODE,	 /* the index of a node */
	VALUE_WORD,	 /* any word */
	VALUE_CHOICE,	 /* one of the param's choices */
	VALUE_MESSAGE,	 /* the name of an operation (READ_PEER) or * */
	VALUE_EVENT,	 /* the name of an operation, or of a kind of event (epoch) */
	VALUE_EVENTS,	 /* kinds of events, separated by commas */
	VALUE_OBJECT,	 /* alpha[3], alpha, alpha@tag, 00ed202b00000003 */
	VALUE_CONDITION, /* faults>=1 */
	VALUE_FIELD,	 /* NAME=VALUE, of a message */
	VALUE_COMMAND,	 /* the rest of the line: another command */
	VALUE_ACTION,	 /* the same, one that takes no time */
};

enum param_how {
	PARAM_NEEDED,	/* by its place in the line */
	PARAM_OPTIONAL, /* by its place, may be missing */
	PARAM_MANY,	/* by its place, one or more */
	PARAM_ANY,	/* by its place, none or more */
	PARAM_KEY,	/* name=value; flags: the name alone */
	PARAM_KEY_NEEDED,
	PARAM_PAIR, /* the name, then the value as the next word */
};

struct param {
	const char *name; /* upper case where the place counts */
	enum value_type type;
	enum param_how how;
	const char *choices; /* separated by | */
};

#define PARAMS_END                                                                                 \
	{                                                                                          \
		NULL, VALUE_FLAG, PARAM_NEEDED, NULL                                               \
	}

struct command {
	const char *name; /* one word or two */
	const char *brief;
	const char *help; /* more, in sentences */
	const struct param *params;
	bool instant; /* takes no virtual time: may be what a trigger does */
	int (*run)(struct run *r, const struct call *call);
};

struct topic {
	const char *title;
	const struct command *commands; /* ends with name NULL */
};

/* The topics, in the order of the manual; ends with title NULL. */
extern const struct topic scenario_topics[];

extern const struct command cluster_commands[];
extern const struct command node_commands[];
extern const struct command settings_commands[];
extern const struct command vdi_commands[];
extern const struct command time_commands[];
extern const struct command disk_commands[];
extern const struct command file_commands[];
extern const struct command fault_commands[];
extern const struct command message_commands[];
extern const struct command ask_commands[];
extern const struct command dog_commands[];
extern const struct command show_commands[];
int run_locks(struct run *r, const struct call *call); /* commands_locks.c */
extern const struct command check_commands[];
extern const struct command replay_commands[];

/* The command that these words begin with, and how many words its name has; else NULL. */
const struct command *command_find(const char *first, const char *second, size_t *nr_words);

/* Complains that there is no such command: with what was meant, or all that there are. */
bool command_unknown(struct complaint *c, unsigned int line, unsigned int column, const char *first,
		     const char *second);

/* "vdi create NAME SIZE [copies=N]" */
void command_usage(const struct command *command, struct text *t);

/* The parameter with this name. The command has it. */
const struct param *command_param(const struct command *command, const char *name);

/* The value given for a parameter, or NULL. */
const struct value *call_value(const struct call *call, const char *name);
bool call_has(const struct call *call, const char *name);
uint64_t call_number(const struct call *call, const char *name, uint64_t otherwise);
const char *call_word(const struct call *call, const char *name, const char *otherwise);
/* The index of a node, or `otherwise` where none is given. */
int call_node(const struct call *call, const char *name, int otherwise);

#endif
