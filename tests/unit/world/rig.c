#include "rig.h"

#include "world/net.h"

#include <stdlib.h>
#include <string.h>

static void note(struct rig *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct rig *r, const char *format, ...)
{
	va_list args;

	text_add(&r->log, "%llu ", (unsigned long long)(r->u.clock.now / US));
	va_start(args, format);
	text_vadd(&r->log, format, args);
	va_end(args);
}

static void got_frame(struct conn *c, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct rig *r = c->owner;
	int place = c->world->place;
	void (*then)(struct rig * r, struct conn * c) = r->on_frame[place];

	note(r, "%d: from %d: op %u id %u", place, conn_peer_place(c), head[1], get_le32(head + 8));
	if (payload)
		text_add(&r->log, " +%llu", (unsigned long long)blob_size(payload));
	text_add(&r->log, "\n");
	r->on_frame[place] = NULL;
	if (then)
		then(r, c);
}

static void was_closed(struct conn *c)
{
	struct rig *r = c->owner;

	note(r, "%d: lost %d\n", c->world->place, conn_peer_place(c));
	if (r->close_in_closed) {
		conn_close(c);
		rig_say(c, 1, 99);
	}
}

const struct conn_handler rig_handler = {.frame = got_frame, .closed = was_closed};

static void was_called(void *owner, struct conn *c)
{
	struct rig *r = owner;

	note(r, "%d: call from %d\n", c->world->place, conn_peer_place(c));
	c->handler = &rig_handler;
	c->owner = r;
}

struct node_id rig_address(int place)
{
	return (struct node_id){.addr = {[12] = 127, [15] = 1}, .port = (uint16_t)(7000 + place)};
}

struct rig *rig_open(uint64_t seed)
{
	struct rig *r = mem_alloc(sizeof *r);

	/* Beginning must not depend on what was in memory. */
	memset(&r->u, 0xa5, sizeof r->u);
	memset(r->w, 0xa5, sizeof r->w);
	universe_init(&r->u, seed);
	r->u.speed.net_jitter = 0;
	r->u.speed.disk_depth = 2;
	for (int i = 0; i < PLACES; i++) {
		struct node_id address = rig_address(i);

		world_init(&r->w[i], &r->u, i, 2);
		world_boot(&r->w[i]);
		world_listen(&r->w[i], &address, was_called, r);
	}
	return r;
}

/* Everything that was under way has ended: all messages are back in the pool. */
static void check_pool(struct rig *r)
{
	struct net_event *e;
	int spare = 0;

	while (clock_step(&r->u.clock))
		;
	TAILQ_FOREACH (e, &r->u.spare, link)
		spare++;
	assert_int_equal(spare % 256, 0);
	assert_true(spare > 0 || r->u.messages == 0);
}

void rig_close(struct rig *r)
{
	for (int i = 0; i < PLACES; i++)
		world_crash(&r->w[i]);
	check_pool(r);
	rig_abandon(r);
}

void rig_abandon(struct rig *r)
{
	for (int i = 0; i < PLACES; i++)
		world_free(&r->w[i]);
	universe_free(&r->u);
	text_free(&r->log);
	free(r);
}

struct conn *rig_dial(struct rig *r, int from, int to)
{
	struct node_id address = rig_address(to);

	return world_connect(&r->w[from], &address, &rig_handler, r);
}

static void say(struct conn *c, uint8_t opcode, uint32_t id, uint64_t oid, uint64_t size)
{
	struct blob *payload = size ? blob_zero(size) : NULL;
	uint8_t head[WIRE_HEADER] = {[1] = opcode};

	put_le32(head + 8, id);
	put_le32(head + 12, (uint32_t)size);
	put_le64(head + 16, oid);
	conn_send(c, head, payload);
	blob_unref(payload);
}

void rig_say(struct conn *c, uint8_t opcode, uint32_t id)
{
	say(c, opcode, id, 0, 0);
}

void rig_say_oid(struct conn *c, uint8_t opcode, uint32_t id, uint64_t oid)
{
	say(c, opcode, id, oid, 0);
}

void rig_say_bytes(struct conn *c, uint32_t id, uint64_t size)
{
	say(c, 1, id, 0, size);
}

static void fired(struct timer *timer)
{
	struct tick *t = container_of(timer, struct tick, timer);

	assert_false(timer_armed(timer));
	note(t->rig, "%s\n", t->name);
}

void rig_tick(struct rig *r, struct tick *t, int place, uint64_t us, const char *name)
{
	t->rig = r;
	t->name = name;
	t->timer.fire = fired;
	world_timer(&r->w[place], &t->timer, us * US);
}

static void io_done(struct disk_io *disk_io, int error)
{
	struct io *io = container_of(disk_io, struct io, io);

	if (error)
		note(io->rig, "%s: error %u\n", io->name, error);
	else
		note(io->rig, "%s\n", io->name);
}

void rig_io(struct rig *r, struct io *io, int place, uint32_t disk, const char *name)
{
	io->rig = r;
	io->name = name;
	io->io.done = io_done;
	io->io.disk = disk;
	world_disk(&r->w[place], &io->io);
}

void rig_run_to(struct rig *r, uint64_t us)
{
	while (clock_next(&r->u.clock) <= us * US)
		clock_step(&r->u.clock);
	r->u.clock.now = us * US;
}

void rig_run(struct rig *r)
{
	for (int i = 0; clock_step(&r->u.clock); i++)
		assert_true(i < 1000000);
}

void rig_expect(struct rig *r, const char *text)
{
	assert_string_equal(text_get(&r->log), text);
	text_clear(&r->log);
}
