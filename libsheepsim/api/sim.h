/*
 * Inside the embedding API: one simulated cluster with all that belongs to it.
 *
 * The files implement include/sheepsim/sheepsim.h, one idea each: sim.c opens and closes, wait.c
 * runs the clock, quiet.c knows what is still to come, nodes.c starts and ends processes, look.c
 * looks at nodes, versions_api.c knows what they speak, quirks_api.c how they behave, events.c has
 * the sinks of the stream of events, admin_api.c dog's commands, clients_api.c and vm_api.c virtual
 * machines, fill_api.c fills VDIs, raw.c and ask_api.c other requests, file_api.c clusters in
 * files, disks_api.c disks, faults_api.c other faults, check_api.c checks, message_api.c messages
 * in words.
 *
 * Callbacks of the user may call the API again, from within anything that a node or a client is
 * doing just then. So whatever ends a process waits until that has come to its end: sim_enter() and
 * sim_leave() count how deep the calls are nested, and the last sim_leave() does what is due. Calls
 * that let time pass are refused within callbacks.
 */
#ifndef SHEEPSIM_API_SIM_H
#define SHEEPSIM_API_SIM_H

#include <sheepsim/sheepsim.h>
#include <sys/queue.h>
#include <uthash.h>

#include "base/text.h"
#include "check/cluster.h"
#include "check/history.h"
#include "check/spoken.h"
#include "client/admin.h"
#include "client/frontend.h"
#include "driver/hub.h"
#include "sheep/sheep.h"
#include "store/database.h"
#include "world/universe.h"

/* Places beside nodes (0, 1, ...) and clients (TRACE_CLIENT + n). */
#define PLACE_DOG   20000
#define PLACE_CHECK 30000 /* + node: the check's client there */
#define PLACE_RAW   40000 /* + n: raw connections */

/* Virtual time after which a blocking call gives up: longer than any timeout of sheepdog. */
#define BLOCKING_LIMIT (600 * NSEC_PER_SEC)

/* What is still to be done to a node, when nothing of it is on the stack any more. */
enum action_kind {
	ACTION_START,
	ACTION_KILL,
	ACTION_REAP,
	ACTION_STOP,
	ACTION_HOLD,
	ACTION_RELEASE
};

struct action {
	enum action_kind kind;
	struct node *node;
	STAILQ_ENTRY(action) link;
};

/* What a node speaks; see sheep_options. */
struct versions {
	struct dialect_range peer, admin;
	struct version_range frontend, driver;
};

struct node {
	struct sheepsim *sim;
	int index;
	struct node_rec rec; /* as it is configured */
	bool auto_vnodes, gateway, wildcard, nosync;
	uint64_t journal;		    /* bytes; 0: none */
	uint64_t weight;		    /* 0: what its disks have */
	char store_name[SD_STORE_NAME_LEN]; /* empty: what a format asks for */
	struct versions versions;
	struct quirks quirks;
	struct world world;
	struct store *store;
	struct sheep *sheep; /* NULL: no process */
	bool runs;	     /* it has a process, or a start is due: what the user thinks */
	bool dying;	     /* its process is about to be killed */
	unsigned crash;	     /* how: SHEEPSIM_CRASH_* */
	bool started;	     /* it once was */
	int exit_status;     /* -1: none */
	char exit_reason[120];
	bool in_file; /* what the cluster's file says of it is so */
};

/* Someone who hears events. */
struct subscription {
	int number;
	bool kinds[TRACE_NR_KINDS];
	void (*fn)(void *arg, const struct sheepsim_event *e); /* NULL: stopped, to be freed */
	void *arg;
	TAILQ_ENTRY(subscription) link;
};

struct filter {
	struct fault_filter filter;
	struct sheepsim *sim;
	struct sheepsim_filter wanted;
	bool removed; /* still in the list of the universe, to be freed */
	LIST_ENTRY(filter) link;
};

/* fn() at a time. */
struct appointment {
	struct clock_event event;
	struct sheepsim *sim;
	void (*fn)(void *arg);
	void *arg;
	LIST_ENTRY(appointment) link;
};

struct sheepsim_client {
	struct sheepsim *sim;
	int index;
	struct node *gateway;
	struct frontend *frontend;
	bool released; /* closing: its locks are given back */
	bool closed;   /* to be freed */
	struct sheepsim_done last;
	struct text last_words;
	LIST_ENTRY(sheepsim_client) link;
};

/* What an acknowledged answer adds to the coarse digest: a chain for each client. */
struct answer_chain {
	int place;
	uint64_t digest;
	UT_hash_handle hh;
};

/*
 * Who runs the clock of a simulation in live mode (live/), and lets its nodes listen on sockets.
 *
 * place(): a node is about to be added: gives it an address and port that it can have; the words of
 * an error are the host's to set. removed(): it is not added, after all. move(): one that does not
 * run gets another address.
 *
 * pauses(): the host runs the clock while this caller waits; then pause() is called instead of
 * running the next event, and returns when one was run; false: no more waiting.
 */
struct sim_host {
	int (*place)(struct sim_host *h, int index, struct sheepsim_node *config);
	void (*removed)(struct sim_host *h, int index);
	int (*move)(struct sim_host *h, int index, const struct sheepsim_node *config);
	bool (*pauses)(struct sim_host *h);
	bool (*pause)(struct sim_host *h);
};

struct sheepsim {
	struct sim_host *host;		 /* NULL: nobody */
	struct sheepsim_options options; /* defaults filled in; without texts */
	struct version_range driver;	 /* of the cluster driver; zero: all */
	struct database *database;	 /* that the stores are in; NULL: in memory */
	struct record *record;		 /* of its events; NULL: none is made */
	struct versions versions;	 /* of nodes that say nothing else */
	struct quirks quirks;
	struct universe universe;
	struct commons *commons;
	struct hub *hub;
	struct node **nodes;
	int nr_nodes;
	struct admin *admin;
	struct history *history;
	struct spoken *spoken;	/* histories of objects; NULL: none, see sim_hear_clients() */
	struct node_id *served; /* where nodes that say nothing else are; port 0: nothing is said */
	unsigned nr_served;
	LIST_HEAD(, replay) replays;  /* what real clients did, still to come (replay_api.c) */
	struct replay_conn *replayed; /* their connections */

	LIST_HEAD(, sheepsim_client) clients;
	LIST_HEAD(, sheepsim_conn) conns;
	LIST_HEAD(, filter) filters;
	LIST_HEAD(, appointment) appointments;
	int next_client, next_conn;

	unsigned depth; /* of nested calls: 0 outside */
	STAILQ_HEAD(, action) actions;
	bool sweep; /* there are closed clients, stopped subscriptions, removed filters */

	struct trace_sink sink;
	TAILQ_HEAD(, subscription) subscriptions;
	int next_subscription;
	uint64_t events;
	uint64_t kinds[TRACE_NR_KINDS]; /* how many of each */
	uint64_t recovered, reads, writes, epochs;
	uint64_t faults;	  /* that were asked for, beside those that events tell */
	struct answer_tally gone; /* of clients that are closed */
	struct answer_chain *chains;

	int suspect;	   /* a place that was busy when last looked at (quiet.c) */
	uint8_t *asked;	   /* what sheepsim_ask() was answered last */
	uint8_t *dog_said; /* how dog ended last */
	struct text error;
	uint32_t result;
};

/* ------------------------------------------------------------------ errors */

/* Remembers the words (and prints nothing); returns error. */
int sim_fail(struct sheepsim *sim, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As sim_fail() for an outcome of a client or of dog: what is what was asked. */
int sim_fail_outcome(struct sheepsim *sim, enum outcome_kind kind, uint32_t result, const char *why,
		     const char *what);

/* Keeps words for the calls that have no simulation: of this thread, until the next such call. */
const char *lasting_words(const char *words);

/* ------------------------------------------------------------------ nesting */

void sim_enter(struct sheepsim *sim);
void sim_leave(struct sheepsim *sim);

/* ------------------------------------------------------------------ time (wait.c) */

/* Runs the next event; false: there is none. */
bool sim_run_event(struct sheepsim *sim);

/*
 * Runs until over() holds. 0; SHEEPSIM_E_NO_PROGRESS with what is pending if `within` ns or the
 * budget of events are used up; SHEEPSIM_E_STATE within a callback. what: what was waited for, in
 * words.
 */
int sim_wait(struct sheepsim *sim, bool (*over)(void *arg), void *arg, uint64_t within,
	     const char *what);

/* 0, or SHEEPSIM_E_STATE: calls that let time pass are not possible now. */
int sim_may_wait(struct sheepsim *sim);

/* ------------------------------------------------------------------ what is to come (quiet.c) */

/* Nothing is left to do but timers of idle nodes. */
bool sim_idle(struct sheepsim *sim);
bool sim_joined(struct sheepsim *sim);
bool sim_recovered(struct sheepsim *sim);
bool sim_answered(struct sheepsim *sim);

/* What is pending and why, one line each. */
void sim_pending_text(struct sheepsim *sim, struct text *t);

/* ------------------------------------------------------------------ nodes */

/* The node of this index; NULL with the error remembered. */
struct node *sim_node(struct sheepsim *sim, int index);

/* As sim_node(), with a process. */
struct node *sim_running(struct sheepsim *sim, int index);

/* The node with this address and port; NULL: none of ours. */
struct node *sim_node_by_id(const struct sheepsim *sim, const struct node_id *id);

/* IPv4 in the last 4 of 16 bytes, IPv6 in all of them (spec 1.3). False: it is no address. */
bool parse_address(const char *text, uint8_t addr[16]);

/* The node that dog asks: via, or the lowest that runs (and is not held). */
struct node *sim_via(struct sheepsim *sim, int via);

/* A node that is being made; when it has all that it needs it becomes one of the simulation's. */
struct node *node_new(struct sheepsim *sim);
void node_join_others(struct node *n);
void node_free(struct node *n);

/* Its disks and its store as they are configured (disks_api.c); n is being made. */
int node_take_disks(struct node *n, const struct sheepsim_node *config);
/* What it announces at its first start (R205). */
uint64_t node_space(const struct node *n);

/* Has a process that has not ended. */
bool node_is_running(const struct node *n);

/* Does what is due; false: nothing was. */
bool node_actions(struct sheepsim *sim);

/* ------------------------------------------------------------------ versions */

/* Reads versions (NULL: none); where one is not set it is the simulation's. 0, or _E_INVALID. */
int versions_take(struct sheepsim *sim, const struct sheepsim_versions *wanted, struct versions *v);

/* Can a node of these versions be as it is configured? 0, or SHEEPSIM_E_INVALID. */
int versions_check(struct sheepsim *sim, const struct node *n, const struct versions *v);

/* The admin versions of a node. */
struct dialect_range node_admin_range(const struct node *n);

/*
 * admin_api.c: which dog asks this node: the newest that all nodes understand, as some commands go
 * on to others. If there is none, that of the node's own release.
 */
enum dialect sim_dog_dialect(const struct sheepsim *sim, const struct node *n);

/* Likewise the frontend version: the highest that all nodes take; 0: any. */
uint8_t sim_dog_frontend(const struct sheepsim *sim);

/* admin_api.c: SET_LEVEL, blocking. */
int dog_set_level(struct sheepsim *sim, int via, enum dialect to, bool force);

/* "1..3", "2"; false: neither. */
bool version_range_parse(const char *text, struct version_range *range);

/* Changes quirks by words (NULL: none). 0, or SHEEPSIM_E_INVALID. */
int quirks_take(struct sheepsim *sim, struct quirks *q, const char *words);

/* ------------------------------------------------------------------ clusters in files (file_api.c)
 */

struct cluster_file;

/*
 * Opens the file that the options name. If there is a cluster in it, *o becomes what that was made
 * with, but for what is set already; texts are borrowed from *file. SHEEPSIM_E_FILE, _E_INVALID:
 * *why has the words.
 */
int cluster_file_open(struct cluster_file **file, struct sheepsim_options *o, struct text *why);
void cluster_file_free(struct cluster_file *file);

/* The simulation takes the stores and nodes that are in the file; a new one learns what it is. */
int cluster_file_begin(struct sheepsim *sim, struct cluster_file *file);

/* A new store of a node, in the cluster's file if it has one. */
struct store *sim_new_store(struct sheepsim *sim, int node, const struct store_disk_config *disks,
			    uint32_t nr);

/* 0, or SHEEPSIM_E_FILE: the file has failed, and nothing is to be done any more. */
int sim_file_error(struct sheepsim *sim);

/* ------------------------------------------------------------------ the rest of the house */

void events_init(struct sheepsim *sim);
void events_free(struct sheepsim *sim);
void events_sweep(struct sheepsim *sim);

void filters_free(struct sheepsim *sim);
void filters_sweep(struct sheepsim *sim);

void sim_clients_free(struct sheepsim *sim);
void sim_clients_sweep(struct sheepsim *sim);

void conns_free(struct sheepsim *sim);
void replays_free(struct sheepsim *sim);
/* True if something is on its way to or from a raw connection. */
bool conns_busy(const struct sheepsim *sim);

/*
 * A raw connection on which no message takes time, as a real client's, whose own network takes
 * some. What comes is told at once, within the event (so the ear must not close it): answers
 * (payload borrowed), and that the node has closed.
 */
struct conn_ear {
	void (*answer)(void *arg, const uint8_t head[WIRE_HEADER], struct blob *payload);
	void (*closed)(void *arg);
};
int conn_open_near(struct sheepsim *sim, int node, const struct conn_ear *ear, void *arg,
		   struct sheepsim_conn **conn);
/* As sheepsim_conn_send(); payload borrowed. */
int conn_send_blob(struct sheepsim_conn *conn, const uint8_t head[WIRE_HEADER],
		   struct blob *payload);
/* 0, 1, 2, ... in the order in which raw connections were opened: its place is PLACE_RAW + n. */
int conn_number(const struct sheepsim_conn *conn);
/* True if there is one of these. */
bool conns_near(const struct sheepsim *sim);

/*
 * From now on all that clients say goes into histories of objects, which are judged instead of
 * those of VDIs: real clients may write to any of them.
 */
void sim_hear_clients(struct sheepsim *sim);

/* Where the node of this index will be, if it does not say so itself: fills in address (or sets it
 * to the buffer) and port, as who serves the cluster wants it. */
int sim_place(struct sheepsim *sim, int index, struct sheepsim_node *config, char address[48]);

/* A place in words: "node3", "client0", "dog"; buf is used for these. */
const char *place_name(int place, char buf[24]);

/* Checks what NEW_VDI and MAKE_FS say about redundancy: either copies or strips. */
int sim_copies(struct sheepsim *sim, unsigned copies, unsigned data, unsigned parity,
	       uint8_t *nr_copies, uint8_t *policy);

/* Copies a name of less than 256 bytes; false if it is empty or longer. */
bool take_name(char *to, const char *name);

#endif
