/*
 * Events of the cluster drivers local, corosync and zookeeper in words.
 */
#include <inttypes.h>
#include <stdio.h>

#include "wire/cluster_event_layout.h"
#include "wire/text_fields.h"

/* A number, if the driver has it. */
static void say_place(const struct field_sink *s, const struct blob *b, uint64_t base,
		      const char *name, struct event_place p)
{
	if (p.len)
		field_say(s, name, base + p.at, p.len, "%" PRIu64, event_number(b, base, p));
}

/* The sender or a member: its record, and what the driver tells of it before and behind that. */
static void say_event_node(struct field_sink *s, const struct blob *b, uint64_t at,
			   const struct event_layout *l, const char *prefix)
{
	char nodeid[48], pid[48], gateway[48];

	snprintf(nodeid, sizeof(nodeid), "%snodeid", prefix);
	snprintf(pid, sizeof(pid), "%spid", prefix);
	snprintf(gateway, sizeof(gateway), "%sgateway", prefix);
	say_place(s, b, at, nodeid, l->nodeid);
	if (l->pid.at < l->record)
		say_place(s, b, at, pid, l->pid);
	say_node(s, b, at + l->record, prefix);
	if (l->pid.at >= l->record)
		say_place(s, b, at, pid, l->pid);
	say_place(s, b, at, gateway, l->gateway);
}

static void say_type(const struct field_sink *s, const struct event_layout *l,
		     const struct cluster_event *e)
{
	field_say(s, "type", l->type.at, l->type.len, "%s",
		  event_type_name(e->driver, e->type, NULL));
}

/* What the event carries, at this offset of it. */
static void say_event_body(const struct field_sink *s, const struct cluster_event *e, uint64_t at)
{
	struct part_sink part;
	enum event_body body;

	event_type_name(e->driver, e->type, &body);
	if (!e->blob)
		return;
	if (body == EVENT_BODY_OPAQUE)
		say_opaque(part_sink(&part, s, "cluster_info.", at), e->blob);
	else if (body == EVENT_BODY_MESSAGE)
		say_vdi_op(part_sink(&part, s, "", at), e->blob);
	else
		say_data(part_sink(&part, s, "buf.", at), e->blob, 0);
}

static void say_event_nodes(struct field_sink *s, const struct blob *b,
			    const struct event_layout *l, const struct cluster_event *e)
{
	char prefix[32];

	for (uint32_t i = 0; i < e->nr_nodes; i++) {
		snprintf(prefix, sizeof(prefix), "node[%" PRIu32 "].", i);
		say_event_node(s, b, l->nodes + (uint64_t)i * l->node_size, l, prefix);
	}
}

/* In the order of their offsets, which differs. */
static void say_local(struct field_sink *s, struct blob *b, const struct event_layout *l,
		      const struct cluster_event *e)
{
	say_type(s, l, e);
	say_event_node(s, b, l->sender, l, "sender.");
	say_place(s, b, 0, "callbacked", l->callbacked);
	say_place(s, b, 0, "removed", l->removed);
	say_place(s, b, 0, "buf_len", l->buf_len);
	say_event_body(s, e, l->buf);
	say_place(s, b, 0, "nr_nodes", l->nr_nodes);
	say_event_nodes(s, b, l, e);
}

static void say_corosync(struct field_sink *s, struct blob *b, const struct event_layout *l,
			 const struct cluster_event *e)
{
	say_event_node(s, b, l->sender, l, "sender.");
	say_type(s, l, e);
	say_place(s, b, 0, "nr_nodes", l->nr_nodes);
	say_place(s, b, 0, "msg_len", l->buf_len);
	say_event_nodes(s, b, l, e);
	say_event_body(s, e, l->size);
}

static void say_zookeeper(struct field_sink *s, struct blob *b, const struct event_layout *l,
			  const struct cluster_event *e)
{
	say_place(s, b, 0, "id", l->id);
	say_type(s, l, e);
	say_event_node(s, b, l->sender, l, "sender.");
	say_place(s, b, 0, "msg_len", l->msg_len);
	say_place(s, b, 0, "nr_nodes", l->nr_nodes);
	say_place(s, b, 0, "buf_len", l->buf_len);
	say_event_body(s, e, l->size);
	say_nodes(s, b, l->size + blob_size(e->blob), e->nr_nodes, "");
}

void cluster_event_fields(enum dialect d, enum event_driver driver, struct blob *b,
			  wire_field_fn fn, void *arg)
{
	struct field_sink s = {.fn = fn, .arg = arg, .dialect = d};
	const struct event_layout *l = event_layout(d, driver);
	struct cluster_event e;

	if (cluster_event_decode(d, driver, b, &e, NULL) < 0) {
		if (blob_size(b) > 0)
			say_data(&s, b, 0);
		return;
	}
	if (driver == EVENT_LOCAL)
		say_local(&s, b, l, &e);
	else if (driver == EVENT_COROSYNC)
		say_corosync(&s, b, l, &e);
	else
		say_zookeeper(&s, b, l, &e);
	cluster_event_clear(&e);
}
