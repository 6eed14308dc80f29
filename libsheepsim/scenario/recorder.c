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
	if (place < 0)
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

static void clear_records(struct record **list, size_t *nr)
{
	for (size_t i = 0; i < *nr; i++) {
		free((*list)[i].line);
	}
	free(*list);
	*list = NULL;
	*nr = 0;
}

void recorder_free(struct recorder *rec)
{
	clear_records(&rec->message_list, &rec->nr_messages);
	clear_records(&rec->event_list, &rec->nr_events);
	free(rec->recovered_by);
	free(rec);
}

static void keep(struct recorder *rec, struct record **list, size_t *nr,
		 const struct sheepsim_event *e)
{
	const char *words;
	struct record *one;

	if (*nr == RECORDER_MAX) {
		rec->lost++;
		return;
	}
	if ((*nr & (*nr - 1)) == 0)
		*list = mem_resize(*list, *nr == 0 ? 1 : *nr * 2, sizeof(**list));
	one = &(*list)[(*nr)++];
	*one = (struct record){.time = e->time, .place = e->place, .peer = e->peer};
	one->answer = e->answer;
	one->message = e->head != NULL;
	if (one->message) {
		memcpy(one->head, e->head, sizeof(one->head));
		return;
	}
	/* the line repeats time and place, which are shown in another way */
	words = strstr(e->line, e->kind);
	one->line = mem_string(words != NULL ? words : e->line);
}

static void on_message(void *arg, const struct sheepsim_event *e)
{
	struct recorder *rec = arg;

	keep(rec, &rec->message_list, &rec->nr_messages, e);
}

static void on_event(void *arg, const struct sheepsim_event *e)
{
	struct recorder *rec = arg;
	struct sheepsim_event words = *e;

	words.head = NULL; /* an event is kept as words, messages too */
	keep(rec, &rec->event_list, &rec->nr_events, &words);
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
	return error < 0 ? error : 0;
}

void recorder_clear_messages(struct run *r)
{
	clear_records(&r->recorder->message_list, &r->recorder->nr_messages);
	r->recorder->messages_since = sheepsim_now(r->sim);
}

void recorder_clear_events(struct run *r)
{
	clear_records(&r->recorder->event_list, &r->recorder->nr_events);
	r->recorder->events_since = sheepsim_now(r->sim);
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
	recorder_clear_messages(r);
	return resubscribe(r, &r->recorder->messages, "send,driver-send", on ? on_message : NULL);
}

int recorder_events(struct run *r, const char *kinds)
{
	recorder_clear_events(r);
	return resubscribe(r, &r->recorder->events, kinds, kinds != NULL ? on_event : NULL);
}
