/*
 * A scenario while it runs: what its commands share. It belongs to one call of
 * sheepsim_scenario_run(), and does everything through the public API.
 *
 * A handler (command.h) does its work, adds its output with say(), and returns 0 or a negative enum
 * sheepsim_error. With an error go words: those of fail(), or else sheepsim_errmsg().
 */
#ifndef SHEEPSIM_SCENARIO_RUN_H
#define SHEEPSIM_SCENARIO_RUN_H

#include <sys/queue.h>

#include "base/text.h"
#include "scenario/command.h"
#include "sheepsim/sheepsim.h"

#define MAX_NODES      8192
#define DEFAULT_BUDGET (UINT64_C(1) << 32) /* that of a simulation */

struct vm;
struct vid_name;
struct job;
struct rule;
struct recorder;
struct asked;
struct saved;
struct kept_data;

/* Where a node was when the cluster was served live. */
struct served_place {
	uint64_t node, port;
	char *address;
};

struct run {
	const char *name;
	const struct sheepsim_scenario *options;
	struct sheepsim_scenario own; /* the options of a console, which outlives what it got */
	struct sheepsim *sim;	      /* NULL before `cluster` */
	struct text out;	      /* of the block that runs */
	struct text error;	      /* why a command failed */
	bool has_rows;		      /* somebody wants them: */
	struct text rows;	      /* what a command says to programs (rows.h) */
	STAILQ_HEAD(, vm) vms;
	STAILQ_HEAD(, vid_name) vids;
	STAILQ_HEAD(, job) jobs;
	STAILQ_HEAD(, rule) rules;
	STAILQ_HEAD(, asked) asked;
	STAILQ_HEAD(, saved) saved;
	STAILQ_HEAD(, kept_data) dog_data;
	struct recorder *recorder;
	char *generation;	     /* of VMs where nothing is said; NULL: the default */
	bool writeback;		     /* of these */
	struct sheepsim_client *dog; /* asks what belongs to no VDI */
	int dog_gateway;
	uint64_t budget;	   /* of events, for one command */
	int action_error;	   /* what the command of a trigger met first */
	const struct call *action; /* which command */
	struct text action_words;
	const struct block *block; /* that runs */
	bool block_locked;	   /* its output is never rewritten */
	/* live mode: hears of the simulation that `cluster' makes, before it has nodes */
	int (*opened)(void *arg, struct sheepsim *sim);
	void *opened_arg;
	const char *file;	     /* that the cluster is kept in; NULL: as it says */
	bool scratch;		     /* it need not survive the machine */
	struct served_place *served; /* commands_replay.c */
	size_t nr_served;
	bool joined;			   /* the simulation is not its own */
	STAILQ_HEAD(kept_list, kept) kept; /* console.c: scripts that rules need */
	char *directory; /* for its files, its own; NULL: none yet, or it was given one */
	unsigned files;	 /* names that it has made up itself */
	/* of simulations that it has closed */
	struct sheepsim_counts past;
	uint64_t past_time, past_digest, past_coarse;
};

/* Begins and ends a run, which is all zeros before. */
void run_begin(struct run *r, const struct sheepsim_scenario *options);
void run_end(struct run *r);

/* Opens the simulation, and lets all know that have to. */
int run_open_cluster(struct run *r, const struct sheepsim_options *options);

/* Tells the simulation where a node was; 0 if that is there already. */
int run_tell_served(struct run *r, size_t i);

/* Ends it, with all that belongs to it; the run has none any more. An error: a file lacks what it
 * should have by now. */
int run_close_cluster(struct run *r);

/* What has happened so far, in simulations that are closed too. */
void run_totals(const struct run *r, struct sheepsim_counts *counts);

/* Adds a line to the output; empty lines are left out, as they would end it. */
void say(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives words to an error, and returns it. */
int fail(struct run *r, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Says that a command has used up its budget of events, and what is pending; returns the error. */
int fail_budget(struct run *r);

/* Runs one command. */
int run_call(struct run *r, const struct call *call);

/* The words of the last error of a command. */
const char *run_error(struct run *r);

/* ------------------------------------------------------------------ nodes */

bool node_runs(struct run *r, int node);
/* The lowest node that is a member and runs; -1: there is none. */
int lowest_member(struct run *r);

/* "0 1 2", "-" for none */
void text_nodes(struct text *t, const int *nodes, int nr);

#endif
