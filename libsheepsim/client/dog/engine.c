/* A run of dog: its functions, its connections, its end. */
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/admin_inside.h"
#include "client/dog/internal.h"

/* ------------------------------------------------------------------ the end */

static void dog_free(struct dog *d)
{
	struct dog_link *l;

	while ((l = LIST_FIRST(&d->links))) {
		LIST_REMOVE(l, link);
		session_close(&l->session);
		free(l);
	}
	for (size_t i = 0; i < d->nr_all_words; i++)
		free(d->all_words[i]);
	free(d->all_words);
	forget_inode(&d->vdi);
	forget_inode(&d->other);
	if (d->listing)
		free(d->listing->in_use);
	free(d->listing);
	free(d->nodes);
	if (d->own_free)
		d->own_free(d->own);
	else
		free(d->own);
	blob_unref(d->input);
	blob_unref(d->data);
	blob_unref(d->bytes);
	blob_unref(d->out);
	text_free(&d->table);
	text_free(&d->output);
	text_free(&d->warnings);
	free(d);
}

static void dog_finish(struct dog *d)
{
	struct dog_end end;

	text_add(&d->output, "%s", text_get(&d->warnings));
	end = (struct dog_end){
		.status = d->status,
		.result = d->result,
		.output = text_get(&d->output),
		.data = d->out,
	};

	LIST_REMOVE(d, link);
	d->ended(d->arg, &end);
	dog_free(d);
}

void dogs_cancel(struct admin *a)
{
	struct dog *d;

	while ((d = LIST_FIRST(&a->dogs))) {
		d->status = DOG_NO_SHEEP;
		world_timer_stop(&d->beginning);
		/* what is under way ends as lost when the connections are closed; nobody waits */
		d->depth = 0;
		dog_finish(d);
	}
}

/* ------------------------------------------------------------------ what is under way */

bool dogs_run(const struct admin *a)
{
	return !LIST_EMPTY(&a->dogs);
}

unsigned int dogs_requests(const struct admin *a)
{
	const struct dog *d;
	const struct dog_link *l;
	unsigned int nr = 0;

	LIST_FOREACH (d, &a->dogs, link) {
		LIST_FOREACH (l, &d->links, link)
			nr += l->session.nr_pending;
	}
	return nr;
}

bool dogs_stir(const struct admin *a)
{
	const struct dog *d;
	const struct dog_link *l;

	LIST_FOREACH (d, &a->dogs, link) {
		if (d->depth == 0)
			return true;
		LIST_FOREACH (l, &d->links, link) {
			if (l->session.nr_pending && !l->session.conn)
				return true;
		}
	}
	return false;
}

void dogs_pending_text(const struct admin *a, struct text *t)
{
	const struct dog *d;
	const struct dog_link *l;

	LIST_FOREACH (d, &a->dogs, link) {
		LIST_FOREACH (l, &d->links, link)
			session_pending_text(&l->session, t);
	}
}

/* ------------------------------------------------------------------ going on */

void dog_push(struct dog *d, dog_fn fn)
{
	assert(d->depth < DOG_DEPTH);
	d->frames[d->depth++] = (struct dog_frame){.fn = fn};
}

enum dog_next dog_stop(struct dog *d, int status)
{
	d->status = status;
	return DOG_STOPS;
}

static void dog_go_on(struct dog *d)
{
	for (;;) {
		switch (dog_frame(d)->fn(d)) {
		case DOG_WAITS:
			return;
		case DOG_CALLS:
			continue;
		case DOG_ENDS:
			if (--d->depth > 0)
				continue;
			break;
		case DOG_STOPS:
			break;
		}
		dog_finish(d);
		return;
	}
}

void dog_say(struct dog *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vadd(&d->output, format, args);
	va_end(args);
}

void dog_warn(struct dog *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vadd(&d->warnings, format, args);
	va_end(args);
}

void dog_put(struct dog *d, struct blob *b)
{
	uint64_t size = blob_size(d->out);

	if (!d->out) {
		d->out = b;
		return;
	}
	d->out = blob_resize(d->out, size + blob_size(b));
	d->out = blob_overlay(d->out, size, b);
	blob_unref(b);
}

/* ------------------------------------------------------------------ requests */

/* It tries to connect twice. */
static void say_lost(struct dog *d)
{
	char words[64];

	if (!d->refused)
		dog_say(d, "failed to read a response\n");
	for (int i = 0; d->refused && i < 2; i++)
		dog_say(d, "failed to connect to %s: Connection refused\n",
			node_id_text(d->asked, words));
}

static void answered(struct exchange *x)
{
	struct dog *d = container_of(x, struct dog, x);

	if (d->depth == 0)
		return; /* cancelled */
	d->result = x->lost ? SD_RES_NETWORK_ERROR : x->rsp.result;
	d->rsp = x->rsp;
	blob_unref(d->data);
	d->data = !x->lost && x->data ? blob_ref(x->data) : NULL;
	if (x->lost)
		say_lost(d);
	dog_go_on(d);
}

static struct session *session_to(struct dog *d, const struct node_id *to)
{
	struct dog_link *l;

	LIST_FOREACH (l, &d->links, link) {
		if (node_id_cmp(&l->session.gateway, to) == 0)
			return &l->session;
	}
	l = mem_alloc(sizeof(*l));
	session_init(&l->session, d->world, &d->admin->tally, to, false);
	l->session.dialect = d->dialect;
	l->session.frontend = d->admin->frontend;
	LIST_INSERT_HEAD(&d->links, l, link);
	return &l->session;
}

struct req *dog_prepare(struct dog *d, uint8_t opcode, uint32_t room)
{
	req_init(&d->x.req, opcode);
	d->x.req.data_length = room;
	return &d->x.req;
}

void dog_send(struct dog *d, const struct node_id *to, struct blob *payload)
{
	struct session *s = session_to(d, to ? to : &d->via);

	d->x.done = answered;
	d->x.payload = payload;
	s->last_id = UINT32_MAX; /* its requests have no numbers: there is one at a time */
	session_send(s, &d->x);
	d->refused = !s->conn;
	d->asked = &s->gateway;
}

void dog_ask(struct dog *d, uint8_t opcode, uint32_t room)
{
	dog_prepare(d, opcode, room);
	dog_send(d, NULL, NULL);
}

/* ------------------------------------------------------------------ files */

struct dog_file {
	char *path;
	struct blob *content;
	LIST_ENTRY(dog_file) link;
};

static struct dog_file *find_file(const struct admin *a, const char *path)
{
	struct dog_file *f;

	LIST_FOREACH (f, &a->files, link) {
		if (strcmp(f->path, path) == 0)
			return f;
	}
	return NULL;
}

struct blob *dog_file(const struct admin *a, const char *path)
{
	struct dog_file *f = find_file(a, path);

	return f ? f->content : NULL;
}

static void file_free(struct dog_file *f)
{
	LIST_REMOVE(f, link);
	blob_unref(f->content);
	free(f->path);
	free(f);
}

void dog_file_set(struct admin *a, const char *path, struct blob *content)
{
	struct dog_file *f = find_file(a, path);

	if (f)
		file_free(f);
	if (!content)
		return;
	f = mem_alloc(sizeof(*f));
	f->path = mem_string(path);
	f->content = content;
	LIST_INSERT_HEAD(&a->files, f, link);
}

void dog_files_free(struct admin *a)
{
	while (!LIST_EMPTY(&a->files))
		file_free(LIST_FIRST(&a->files));
}

/* ------------------------------------------------------------------ the beginning */

static void begin(struct timer *t)
{
	struct dog *d = container_of(t, struct dog, beginning);

	if (!dog_parse(d)) {
		dog_finish(d);
		return;
	}
	dog_push(d, d->command->run);
	dog_go_on(d);
}

void dog_run(struct admin *a, const struct dog_run *run)
{
	struct dog *d = mem_alloc(sizeof(*d));

	d->admin = a;
	d->world = &a->world;
	d->dialect = a->dialect;
	d->via = *run->via;
	d->via.io_port = 0; /* it is told an address and a port, and knows no other */
	d->nr_all_words = run->nr_words;
	d->all_words = mem_array(run->nr_words + 1, sizeof(*d->all_words));
	for (size_t i = 0; i < run->nr_words; i++)
		d->all_words[i] = mem_string(run->words[i]);
	d->input = run->input ? blob_ref(run->input) : NULL;
	d->ended = run->done;
	d->arg = run->arg;
	LIST_INIT(&d->links);
	LIST_INSERT_HEAD(&a->dogs, d, link);
	d->beginning.fire = begin;
	world_timer(d->world, &d->beginning, 0);
}
