/* Any request to a node, and its answer: what a raw client could say. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/ask.h"
#include "scenario/commands_ask.h"
#include "scenario/rows.h"

#define BYTES_SHOWN 32u

/* A request that was sent, and that waits for `answer`. */
struct asked {
	char *name;
	struct sheepsim_conn *conn;
	uint8_t head[48];
	const char *version; /* of the node, when it was asked */
	bool fields, bytes;  /* of the answer's payload are to be shown */
	STAILQ_ENTRY(asked) link;
};

static void forget(struct run *r, struct asked *a)
{
	STAILQ_REMOVE(&r->asked, a, asked, link);
	sheepsim_conn_close(a->conn);
	free(a->name);
	free(a);
}

void asked_close(struct run *r)
{
	while (!STAILQ_EMPTY(&r->asked))
		forget(r, STAILQ_FIRST(&r->asked));
}

static struct asked *find(struct run *r, const char *name)
{
	struct asked *a;

	STAILQ_FOREACH (a, &r->asked, link) {
		if (strcmp(a->name, name) == 0)
			return a;
	}
	return NULL;
}

/* ------------------------------------------------------------------ what came */

/* The header's fields stand in the line above. */
static void show_field(void *arg, const struct sheepsim_field *f)
{
	if (f->offset >= 48)
		say(arg, "  %s %s", f->name, f->value);
}

static void show_bytes(struct run *r, const uint8_t *bytes, size_t len)
{
	struct text t = {0};

	for (size_t i = 0; i < len && i < BYTES_SHOWN; i++)
		text_add(&t, "%02x", bytes[i]);
	say(r, "  %s%s", text_get(&t), len > BYTES_SHOWN ? "..." : "");
	text_free(&t);
}

static void row_of_field(void *arg, const struct sheepsim_field *f)
{
	row_begin(arg);
	row_text(arg, "name", f->name);
	row_text(arg, "value", f->value);
	row_end(arg);
}

/* The line, all fields of header and payload, and, if they are wanted, its bytes. */
static void row_of_answer(struct run *r, const struct sheepsim_captured *c, bool bytes)
{
	if (!r->has_rows)
		return;
	row_begin(r);
	row_text(r, "line", sheepsim_captured_line(c));
	row_list(r, "fields");
	sheepsim_captured_fields(c, row_of_field, r);
	row_list_end(r);
	if (bytes)
		row_bytes(r, "payload", c->payload, c->len);
	row_end(r);
}

static int take_answer(struct run *r, struct asked *a, uint64_t within)
{
	struct sheepsim_captured c = {.request = a->head, .version = a->version};
	const uint8_t *payload;
	uint8_t head[48];
	size_t len;
	int came = sheepsim_conn_receive(a->conn, within, head, &payload, &len);

	if (came < 0)
		return came;
	if (came == 0) {
		say(r, "the connection was closed");
		row_begin(r);
		row_flag(r, "closed", true);
		row_end(r);
		return 0;
	}
	c.answer = head;
	c.payload = payload;
	c.len = len;
	say(r, "%s", sheepsim_captured_line(&c));
	if (a->fields)
		sheepsim_captured_fields(&c, show_field, r);
	if (a->bytes && len > 0)
		show_bytes(r, payload, len);
	row_of_answer(r, &c, a->bytes);
	return 0;
}

/* ------------------------------------------------------------------ commands */

static const struct param ask_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL}, {"OPERATION", VALUE_MESSAGE, PARAM_NEEDED, NULL},
	{"FIELD", VALUE_FIELD, PARAM_ANY, NULL},  {"text", VALUE_WORD, PARAM_KEY, NULL},
	{"hex", VALUE_WORD, PARAM_KEY, NULL},	  {"vids", VALUE_WORD, PARAM_KEY, NULL},
	{"seed", VALUE_COUNT, PARAM_KEY, NULL},	  {"size", VALUE_SIZE, PARAM_KEY, NULL},
	{"entry", VALUE_COUNT, PARAM_KEY, NULL},  {"good", VALUE_NODE, PARAM_KEY, NULL},
	{"fields", VALUE_FLAG, PARAM_KEY, NULL},  {"bytes", VALUE_FLAG, PARAM_KEY, NULL},
	{"as", VALUE_WORD, PARAM_KEY, NULL},	  PARAMS_END,
};

/* Sends it; *a is in the list then. */
static int send_it(struct run *r, const struct call *call, struct asked **a)
{
	struct ask_request q;
	struct sheepsim_conn *conn;
	int error = ask_build(r, call, &q);

	if (error < 0)
		return error;
	error = sheepsim_conn_open(r->sim, call_node(call, "NODE", -1), &conn);
	if (error == 0) {
		*a = mem_alloc(sizeof(**a));
		(*a)->conn = conn;
		(*a)->name = mem_string(call_word(call, "as", ""));
		(*a)->fields = call_has(call, "fields");
		(*a)->bytes = call_has(call, "bytes");
		memcpy((*a)->head, q.head, sizeof(q.head));
		(*a)->version = q.version;
		STAILQ_INSERT_TAIL(&r->asked, *a, link);
		error = sheepsim_conn_send(conn, q.head, q.payload, q.len);
	}
	free(q.payload);
	return error;
}

static int run_ask(struct run *r, const struct call *call)
{
	const char *name = call_word(call, "as", NULL);
	struct asked *a = NULL;
	int error;

	if (name && find(r, name))
		return fail(r, SHEEPSIM_E_SCENARIO, "`%s' waits for its answer already", name);
	error = send_it(r, call, &a);
	if (error == 0 && !name) {
		error = take_answer(r, a, 60 * SHEEPSIM_SECOND);
		forget(r, a);
	}
	return error;
}

static const struct param answer_params[] = {
	{"NAME", VALUE_WORD, PARAM_NEEDED, NULL},
	{"within", VALUE_TIME, PARAM_PAIR, NULL},
	PARAMS_END,
};

static int run_answer(struct run *r, const struct call *call)
{
	const char *name = call_word(call, "NAME", "");
	struct asked *a = find(r, name);
	int error;

	if (!a)
		return fail(r, SHEEPSIM_E_NOT_FOUND, "no request `%s' waits for its answer", name);
	error = take_answer(r, a, call_number(call, "within", 60 * SHEEPSIM_SECOND));
	forget(r, a);
	return error;
}

const struct command ask_commands[] = {
	{"ask", "sends any request to a node, and shows the answer",
	 "OPERATION is its name, FIELD a field of its header by the name that `sheepsim decode -v' "
	 "has for it: oid=alpha[0], epoch=1, flags=TGT|DIRECT. A field takes numbers, sizes, "
	 "objects, and VDIs for their vids; entry is the offset of an entry of an inode's index, "
	 "good the address of the node that REPAIR_REPLICA takes an object from. text, hex, vids "
	 "(names of VDIs, 0: none) or seed is the payload, with zeros behind it up to size; "
	 "without them size is the room for the answer. What is not said is as usual: the "
	 "versions and the epoch of the node, the flag WRITE where there is a payload. fields "
	 "shows what the payload of the answer says, bytes its first bytes. With as it does not "
	 "wait, `answer' does.",
	 ask_params, false, run_ask},
	{"answer", "waits for the answer to what was asked with as=NAME", "", answer_params, false,
	 run_answer},
	{NULL, NULL, NULL, NULL, false, NULL},
};
