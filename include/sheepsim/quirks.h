/*
 * Quirks: named ways in which nodes behave that somebody could wish were otherwise, each on or off.
 *
 * Nodes behave like sheepdog 1.0, its known weak spots included. Each weak spot has a name and can
 * be switched off: it is repaired then. A run that fails with it and not without it needs that weak
 * spot.
 *
 * Part of the embedding API, and included by its header; the rules for calls are told there.
 */
#ifndef SHEEPSIM_QUIRKS_H
#define SHEEPSIM_QUIRKS_H

#include <sheepsim/sheepsim.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sheepsim_quirk {
	const char *name;  /* "stale-read" */
	bool usual;	   /* on where nothing else is said, as in the profile "upstream" */
	const char *cites; /* the rule of libsheepsim/BEHAVIOUR.md that tells of it: "R925" */
	const char *words; /* what nodes do that have it */
};

/* Row 0, 1, 2, ...; NULL past the last. */
SHEEPSIM_API const struct sheepsim_quirk *sheepsim_quirk(unsigned index);

/*
 * Switches quirks of a node (-1: of all, and of those to come) from now on, also while it runs.
 * Words with commas or blanks between them, from left to right: "stale-read" switches on,
 * "-stale-read" off, "upstream" is all as usual, "repaired" all off. The same words can be given to
 * sheepsim_open().
 */
SHEEPSIM_API int sheepsim_change_quirks(struct sheepsim *sim, int node, const char *words);

/* 1: it is on at this node, 0: off. */
SHEEPSIM_API int sheepsim_has_quirk(struct sheepsim *sim, int node, const char *name);

#ifdef __cplusplus
}
#endif

#endif
