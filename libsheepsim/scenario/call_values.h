/*
 * Values that more than one command takes, checked against what the API can hold.
 */
#ifndef SHEEPSIM_SCENARIO_CALL_VALUES_H
#define SHEEPSIM_SCENARIO_CALL_VALUES_H

#include "scenario/run.h"

/* ec=DATA:PARITY; both stay as they are where it is not given. */
int call_strips(struct run *r, const struct call *call, unsigned int *data, unsigned int *parity);

/* A number up to 255; 0 where it is not given. */
int call_small(struct run *r, const struct call *call, const char *key, unsigned int *number);

/* The oid that a word names (VALUE_OBJECT), or a parameter. */
int object_oid(struct run *r, const char *word, uint64_t *oid);
int call_oid(struct run *r, const struct call *call, const char *key, uint64_t *oid);

/* The number of a result (SD_RES_*) by its name, "EIO". */
int result_number(struct run *r, const char *name, uint32_t *result);

/* All nodes, or the one that the call names with `key`: fills nodes[] (MAX_NODES), returns how
 * many.
 */
int chosen_nodes(struct run *r, const struct call *call, const char *key, int *nodes);

/* The words for what is spoken, in tables of parameters. */
#define VERSION_PARAMS                                                                             \
	{"peer-version", VALUE_WORD, PARAM_KEY, NULL},                                             \
		{"admin-version", VALUE_WORD, PARAM_KEY, NULL},                                    \
		{"frontend-version", VALUE_WORD, PARAM_KEY, NULL},                                 \
		{"driver-version", VALUE_WORD, PARAM_KEY, NULL},                                   \
	{                                                                                          \
		"silent", VALUE_FLAG, PARAM_KEY, NULL                                              \
	}

struct sheepsim_versions call_versions(const struct call *call);

/* The words for quirks, in tables of parameters; like the others they end with their last item. */
#define QUIRK_PARAMS                                                                               \
	{"profile", VALUE_WORD, PARAM_KEY, NULL}, {"with", VALUE_WORD, PARAM_KEY, NULL},           \
	{                                                                                          \
		"without", VALUE_WORD, PARAM_KEY, NULL                                             \
	}

/*
 * What a call says of quirks, as sheepsim_change_quirks() has it: the profile, what is on (with),
 * what is off (without), and last what the run was told from outside, which counts more.
 */
void call_quirks(struct run *r, const struct call *call, struct text *t);

#endif
