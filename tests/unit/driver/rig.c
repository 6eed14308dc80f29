#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int place_of(const struct node_rec *rec)
{
	return rec->nid.port - 7000;
}

static void note(struct fake *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct fake *f, const char *format, ...)
{
	struct rig *r = f->rig;
	struct text line = {0};
	va_list args;

	va_start(args, format);
	text_vadd(&line, format, args);
	va_end(args);
	text_add(&r->log, "%llu %d: %s\n", (unsigned long long)((r->u.clock.now - r->start) / US),
		 f->place, text_get(&line));
	text_add(&f->log, "%s\n", text_get(&line));
	text_free(&line);
	if (f->exits) {
		f->exits = false;
		rig_kill(r, f->place);
	}
}

/* " 0 1 2" */
static const char *names(const struct members *m, char buf[64])
{
	size_t len = 0;

	buf[0] = '\0';
	for (uint32_t i = 0; i < m->nr; i++)
		len += (size_t)snprintf(buf + len, 64 - len, " %d", place_of(&m->rec[i]));
	return buf;
}

static const char *words(const struct blob *b, char buf[64])
{
	memset(buf, 0, 64);
	blob_read(b, 0, buf, blob_size(b) < 63 ? blob_size(b) : 63);
	return buf;
}

static struct blob *join_check(void *owner, const struct node_rec *joiner,
			       const struct members *others, struct blob *opaque, char why[120])
{
	struct fake *f = owner;
	char list[64], text[64], rewritten[80];
	int len = snprintf(rewritten, sizeof rewritten, "%s/%d", words(opaque, text), f->place);
	bool alone = others->nr == 0, self = place_of(joiner) == f->place;

	note(f, "check %d, others%s, \"%s\"", place_of(joiner), names(others, list), text);
	if (f->refuses || (self && !alone)) { /* R105 */
		snprintf(why, 120, "%d says no", f->place);
		return NULL;
	}
	return blob_new(rewritten, (uint64_t)len);
}

static void accepted(void *owner, const struct node_rec *joiner, struct members *members,
		     struct blob *opaque)
{
	char list[64], text[64];

	note(owner, "accept %d, members%s, \"%s\"", place_of(joiner), names(members, list),
	     words(opaque, text));
}

static void left(void *owner, const struct node_rec *rec, struct members *members)
{
	char list[64];

	note(owner, "leave %d, members%s", place_of(rec), names(members, list));
}

static void notified(void *owner, const struct node_rec *sender, struct blob *message)
{
	char text[64];

	note(owner, "notify from %d: \"%s\"", place_of(sender), words(message, text));
}

static bool block_offered(void *owner)
{
	struct fake *f = owner;
	bool started = !f->busy;

	note(f, "block: %s", started ? "started" : "not yet");
	return started;
}

static void updated(void *owner, const struct node_rec *rec, struct members *members)
{
	char list[64];
	int i = members_find(members, &rec->nid);

	assert_true(i >= 0);
	assert_int_equal(members->rec[i].nr_vnodes, rec->nr_vnodes);
	note(owner, "update %d, members%s, %u vnodes", place_of(rec), names(members, list),
	     rec->nr_vnodes);
}

static void was_refused(void *owner, const char *why)
{
	note(owner, "refused: %s", why);
}

static void has_failed(void *owner, const char *why)
{
	note(owner, "failed: %s", why);
}

static void submit_join(struct fake *f)
{
	char opaque[8];
	int len = snprintf(opaque, sizeof opaque, "o%d", f->place);
	struct blob *b = blob_new(opaque, (uint64_t)len);

	driver_join(f->driver, &f->rec, b, f->lowest, f->highest);
	blob_unref(b);
}

/* It joins again at once, as sheep do. */
static void has_lost_session(void *owner)
{
	struct fake *f = owner;

	note(f, "session lost");
	submit_join(f);
}

/* R102: of each of them there is a line in the log, which tests compare. */
static const struct driver_node callbacks = {
	.join_check = join_check,
	.accept = accepted,
	.leave = left,
	.notify = notified,
	.block = block_offered,
	.update_node = updated,
	.refused = was_refused,
	.reconnect = has_lost_session,
	.failed = has_failed,
};

struct rig *rig_open_with(const struct hub_options *options)
{
	struct rig *r = mem_alloc(sizeof *r);
	struct hub_options o = {0};

	universe_init(&r->u, 1);
	r->commons = commons_new();
	if (options) {
		o = *options;
		o.latency = 100 * US;
		o.detect = o.detect ? o.detect : 10000 * US;
		o.reconnect = 1000 * US;
	}
	r->hub = hub_new(&r->u, r->commons, options ? &o : NULL);
	for (int i = 0; i < PLACES; i++) {
		struct fake *f = &r->node[i];

		f->rig = r;
		f->place = i;
		f->lowest = SD_DRIVER_VER_LOWEST;
		f->highest = SD_DRIVER_VER_HIGHEST;
		f->rec = (struct node_rec){
			.nid = {.addr = {[12] = 127, [15] = 1}, .port = (uint16_t)(7000 + i)},
			.nr_vnodes = 128,
			.zone = (uint32_t)i + 1,
		};
		world_init(&f->world, &r->u, i, 0);
	}
	return r;
}

struct rig *rig_open(void)
{
	return rig_open_with(&(struct hub_options){0});
}

void rig_close(struct rig *r)
{
	for (int i = 0; i < PLACES; i++) {
		if (r->node[i].driver)
			rig_kill(r, i);
		world_free(&r->node[i].world);
		text_free(&r->node[i].log);
	}
	hub_free(r->hub);
	commons_free(r->commons);
	universe_free(&r->u);
	text_free(&r->log);
	free(r);
}

void rig_start(struct rig *r, int place)
{
	struct fake *f = &r->node[place];

	assert_null(f->driver);
	world_boot(&f->world);
	f->driver = driver_open(r->hub, &f->world, r->commons, &callbacks, f);
	submit_join(f);
}

void rig_form(struct rig *r, int n)
{
	for (int i = 0; i < n; i++) {
		rig_start(r, i);
		rig_run(r);
	}
	for (int i = 0; i < n; i++)
		text_clear(&r->node[i].log);
	rig_restart_clock(r);
	rig_drop(r);
}

void rig_kill(struct rig *r, int place)
{
	struct fake *f = &r->node[place];

	assert_non_null(f->driver);
	world_crash(&f->world);
	driver_close(f->driver);
	f->driver = NULL;
}

struct hub_node *rig_link(struct rig *r, int place)
{
	struct hub_node *n;

	TAILQ_FOREACH (n, &r->hub->nodes, link)
		if (n->receive && n->place->place == place)
			break;
	assert_non_null(n);
	return n;
}

void rig_notify(struct rig *r, int place, const char *text)
{
	struct blob *b = blob_new(text, strlen(text));

	assert_int_equal(driver_notify(r->node[place].driver, b), 0);
	blob_unref(b);
}

void rig_unblock(struct rig *r, int place, const char *text)
{
	struct blob *b = blob_new(text, strlen(text));

	assert_int_equal(driver_unblock(r->node[place].driver, b), 0);
	blob_unref(b);
}

void rig_restart_clock(struct rig *r)
{
	r->start = r->u.clock.now;
}

void rig_pass(struct rig *r, uint64_t us)
{
	uint64_t end = r->u.clock.now + us * US;

	while (clock_next(&r->u.clock) <= end)
		clock_step(&r->u.clock);
	r->u.clock.now = end;
}

void rig_run(struct rig *r)
{
	for (int i = 0; clock_step(&r->u.clock); i++)
		assert_true(i < 1000000);
}

void rig_expect(struct rig *r, const char *text)
{
	assert_string_equal(text_get(&r->log), text);
	rig_drop(r);
}

void rig_drop(struct rig *r)
{
	text_clear(&r->log);
}
