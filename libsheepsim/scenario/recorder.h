/*
 * What a scenario has seen of the stream of events: messages and events that it asked to keep, and
 * how many objects each node has recovered.
 */
#ifndef SHEEPSIM_SCENARIO_RECORDER_H
#define SHEEPSIM_SCENARIO_RECORDER_H

#include "scenario/run.h"

#define DRIVER_PLACE -2

#define RECORDER_MAX 100000u /* messages and events that are kept at most */

/* A message, or an event in words. A message of the driver: peer is DRIVER_PLACE if it is said to
 * the driver, place if it comes from there. */
struct record {
	uint64_t time;
	int place, peer;
	bool answer;
	unsigned int
		driver; /* the type of a message to or from the cluster driver, 0: it is none */
	uint8_t head[48];
	struct sheepsim_bytes *bytes; /* of what a node says to the driver: all of it */
	char *line;		      /* of events: the kind, and what it carries */
};

struct recorder {
	int messages, events; /* subscriptions, 0: off */
	uint64_t messages_since, events_since;
	struct record *message_list, *event_list;
	size_t nr_messages, nr_events;
	size_t cap_messages, cap_events; /* that there is room for */
	uint64_t lost;			 /* more than RECORDER_MAX */
	/* of recovery: since it was told last */
	uint64_t recovered;
	bool *recovered_by; /* nodes that have recovered objects */
};

struct recorder *recorder_new(void);
void recorder_free(struct recorder *rec);

/* The simulation has been opened: begins to count, and to log if that was asked for. */
int recorder_attach(struct run *r);

/* The simulation is closed: what was kept of it is forgotten. */
void recorder_detach(struct run *r);

/* Begins to keep messages, or events of these kinds; what was kept is forgotten. NULL: ends it. */
int recorder_messages(struct run *r, bool on);
int recorder_events(struct run *r, const char *kinds);

/*
 * Calls fn for each message (or event) that was kept, in order; those for which it returns true are
 * forgotten. Once all are, times are counted from now on.
 */
void recorder_show(struct run *r, bool messages, bool (*fn)(void *arg, const struct record *one),
		   void *arg);

/* "0" (a node), "vm1", "dog", "driver", "world" */
void text_place(struct text *t, int place);

#endif
