/* Sinks of the stream of events. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/recorder.h"

/* Places that are no nodes (sheepsim.h): clients from here on, then those who only ask. */
#define FIRST_CLIENT 10000
#define FIRST_DOG    20000

void text_place(struct text *t, int place)
{
	if (place == DRIVER_PLACE)
		text_add(t, "driver");
	else if (place < 0)
		text_add(t, "world");
	else if (place < FIRST_CLIENT)
		text_add(t, "%d", place);
	else if (place < FIRST_DOG)
		text_add(t, "vm%d", place - FIRST_CLIENT);
	else
		text_add(t, "dog");
}

struct recorder *recorder_new(void)
{
	struct recorder *rec = mem_alloc(sizeof(*rec));

	rec->recovered_by = mem_array(MAX_NODES, sizeof(bool));
	return rec;
}

static void forget(struct record *one)
{
	sheepsim_bytes_drop(one->bytes);
	free(one->line);
}

static void clear_records(struct record **list, size_t *nr, size_t *cap)
{
	for (size_t i = 0; i < *nr; i++)
		forget(&(*list)[i]);
	free(*list);
	*list = NULL;
	*nr = 0;
	*cap = 0;
}

void recorder_free(struct recorder *rec)
{
	clear_records(&rec->message_list, &rec->nr_messages, &rec->cap_messages);
	clear_records(&rec->event_list, &rec->nr_events, &rec->cap_events);
	free(rec->recovered_by);
	free(rec);
}

/* Makes room for one more record, and begins it; NULL: there are too many. */
static struct record *keep(struct recorder *rec, struct record **list, size_t *nr, size_t *cap,
			   const struct sheepsim_event *e)
{
	struct record *one;

	if (*nr == RECORDER_MAX) {
		rec->lost++;
		return NULL;
	}
	if (*nr == *cap) {
		*cap = *cap == 0 ? 16 : *cap * 2;
		*list = mem_resize(*list, *cap, sizeof(**list));
	}
	one = &(*list)[(*nr)++];
	*one = (struct record){.time = e->time, .place = e->place, .peer = e->peer};
	return one;
}

static void on_message(void *arg, const struct sheepsim_event *e)
{
	struct recorder *rec = arg;
	struct record *one =
		keep(rec, &rec->message_list, &rec->nr_messages, &rec->cap_messages, e);

	if (one == NULL)
		return;
	if (e->head != NULL) {
		one->answer = e->answer;
		memcpy(one->head, e->head, sizeof(one->head));
		return;
	}
	/* driver-send and driver-receive: the first number is the type of the message */
	one->driver = (unsigned int)e->num[0];
	if (e->bytes != NULL)
		one->bytes = sheepsim_bytes_keep(e->bytes);
	one->peer = DRIVER_PLACE;
	if (strcmp(e->kind, "driver-receive") == 0) {
		one->peer = e->place;
		one->place = DRIVER_PLACE;
	}
}

static void on_event(void *arg, const struct sheepsim_event *e)
{
	struct recorder *rec = arg;
	struct record *one = keep(rec, &rec->event_list, &rec->nr_events, &rec->cap_events, e);
	/* the line begins with time and place, which are shown in another way */
	const char *words = strstr(e->line, e->kind);

	if (one != NULL)
		one->line = mem_string(words != NULL ? words : e->line);
}

static void on_recovered(void *arg, const struct sheepsim_event *e)
{
	struct recorder *rec = arg;

	/* oid, epoch, from, result: -2 comes from nobody, nothing was stored (R527) */
	if ((int64_t)e->num[2] == -2 || e->num[3] != 0)
		return;
	rec->recovered++;
	if (e->place >= 0 && e->place < MAX_NODES)
		rec->recovered_by[e->place] = true;
}

static void on_log(void *arg, const struct sheepsim_event *e)
{
	const struct sheepsim_scenario *options = arg;

	options->log_fn(options->log_arg, e->line);
}

int recorder_attach(struct run *r)
{
	int error = sheepsim_events(r->sim, "recovery-object", on_recovered, r->recorder);

	if (error >= 0 && r->options->log && r->options->log_fn != NULL)
		error = sheepsim_events(r->sim, NULL, on_log, (void *)r->options);
	if (error >= 0 && r->options->database != NULL)
		error = sheepsim_record(r->sim, r->options->database, r->name);
	return error < 0 ? error : 0;
}

void recorder_detach(struct run *r)
{
	struct recorder *rec = r->recorder;

	clear_records(&rec->message_list, &rec->nr_messages, &rec->cap_messages);
	clear_records(&rec->event_list, &rec->nr_events, &rec->cap_events);
	rec->messages = rec->events = 0;
	rec->recovered = 0;
	memset(rec->recovered_by, false, MAX_NODES * sizeof(bool));
}

void recorder_show(struct run *r, bool messages, bool (*fn)(void *arg, const struct record *one),
		   void *arg)
{
	struct recorder *rec = r->recorder;
	struct record *list = messages ? rec->message_list : rec->event_list;
	size_t *nr = messages ? &rec->nr_messages : &rec->nr_events;
	size_t kept = 0;

	for (size_t i = 0; i < *nr; i++) {
		if (fn(arg, &list[i]))
			forget(&list[i]);
		else
			list[kept++] = list[i];
	}
	*nr = kept;
	if (kept == 0)
		*(messages ? &rec->messages_since : &rec->events_since) = sheepsim_now(r->sim);
}

/* Ends a subscription and, with a function, begins another one. */
static int resubscribe(struct run *r, int *subscription, const char *kinds,
		       void (*fn)(void *arg, const struct sheepsim_event *e))
{
	int error = 0;

	if (*subscription > 0)
		error = sheepsim_events_stop(r->sim, *subscription);
	*subscription = 0;
	if (error < 0 || fn == NULL)
		return error;
	error = sheepsim_events(r->sim, kinds, fn, r->recorder);
	if (error > 0)
		*subscription = error;
	return error < 0 ? error : 0;
}

int recorder_messages(struct run *r, bool on)
{
	struct recorder *rec = r->recorder;

	clear_records(&rec->message_list, &rec->nr_messages, &rec->cap_messages);
	rec->messages_since = sheepsim_now(r->sim);
	return resubscribe(r, &rec->messages, "send,driver-send,driver-receive",
			   on ? on_message : NULL);
}

int recorder_events(struct run *r, const char *kinds)
{
	struct recorder *rec = r->recorder;

	clear_records(&rec->event_list, &rec->nr_events, &rec->cap_events);
	rec->events_since = sheepsim_now(r->sim);
	return resubscribe(r, &rec->events, kinds, kinds != NULL ? on_event : NULL);
}
