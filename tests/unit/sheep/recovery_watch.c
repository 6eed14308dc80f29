#include "recovery_watch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"

#define GIB (UINT64_C(1) << 30)

/* ------------------------------------------------------------------ the record */

static void note(struct trace_sink *sink, const struct trace_event *e)
{
	struct watch *w = container_of(sink, struct watch, sink);
	struct seen *s;
	struct rsp p;

	if (w->nr == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 256;
		w->seen = mem_resize(w->seen, w->cap, sizeof(*w->seen));
	}
	s = &w->seen[w->nr++];
	*s = (struct seen){.kind = e->kind, .place = e->place, .time = e->time};
	memcpy(s->num, e->num, sizeof(s->num));
	snprintf(s->text, sizeof(s->text), "%s", e->text ? e->text : "");
	if (!e->head)
		return;
	s->answer = e->answer;
	if (e->answer) {
		rsp_decode(e->head, &p);
		s->q.opcode = p.opcode;
	} else {
		req_decode(e->head, &s->q);
	}
}

struct watch *watch_begin(struct cluster *c)
{
	struct watch *w = mem_alloc(sizeof(*w));

	w->cluster = c;
	w->sink.event = note;
	trace_add_sink(&c->u.trace, &w->sink);
	return w;
}

void watch_clear(struct watch *w)
{
	w->nr = 0;
}

void watch_end(struct watch *w)
{
	trace_remove_sink(&w->cluster->u.trace, &w->sink);
	free(w->seen);
	free(w);
}

const struct seen *watch_event(const struct watch *w, enum trace_kind kind, int place, size_t n)
{
	for (size_t i = 0; i < w->nr; i++) {
		if (w->seen[i].kind == kind && w->seen[i].place == place && n-- == 0)
			return &w->seen[i];
	}
	return NULL;
}

size_t watch_count(const struct watch *w, enum trace_kind kind, int place)
{
	size_t n = 0;

	while (watch_event(w, kind, place, n))
		n++;
	return n;
}

static bool is_message(const struct seen *s, enum trace_kind kind, int place, uint8_t opcode,
		       bool answer)
{
	return s->kind == kind && s->place == place && s->q.opcode == opcode && s->answer == answer;
}

const struct seen *watch_sent(const struct watch *w, int place, uint8_t opcode, size_t n)
{
	for (size_t i = 0; i < w->nr; i++) {
		if (is_message(&w->seen[i], TRACE_SEND, place, opcode, false) && n-- == 0)
			return &w->seen[i];
	}
	return NULL;
}

size_t watch_sent_count(const struct watch *w, int place, uint8_t opcode)
{
	size_t n = 0;

	while (watch_sent(w, place, opcode, n))
		n++;
	return n;
}

unsigned watch_sent_about(const struct watch *w, int place, uint8_t opcode, uint64_t oid)
{
	const struct seen *s;
	unsigned n = 0;

	for (size_t i = 0; (s = watch_sent(w, place, opcode, i)); i++)
		n += s->q.obj.oid == oid;
	return n;
}

const struct seen *watch_fetch(const struct watch *w, int place, uint64_t oid, size_t n)
{
	const struct seen *s;

	for (size_t i = 0; (s = watch_sent(w, place, SD_OP_READ_PEER, i)); i++) {
		if (s->q.obj.oid == oid && n-- == 0)
			return s;
	}
	return NULL;
}

void expect_fetch(const struct watch *w, int place, uint64_t oid, size_t n, unsigned to,
		  uint32_t epoch)
{
	const struct seen *s = watch_fetch(w, place, oid, n);

	assert_non_null(s);
	assert_int_equal(s->num[0], to);
	assert_int_equal(s->q.obj.tgt_epoch, epoch);
	assert_int_equal(s->q.flags & ~SD_FLAG_CMD_WILDCARD, SD_FLAG_CMD_RECOVERY);
}

const struct seen *watch_object(const struct watch *w, int place, uint64_t oid)
{
	const struct seen *s;

	for (size_t n = 0; (s = watch_event(w, TRACE_RECOVERY_OBJECT, place, n)); n++) {
		if (s->num[0] == oid)
			return s;
	}
	return NULL;
}

unsigned watch_most_under_way(const struct watch *w, int place, uint8_t opcode)
{
	unsigned now = 0, most = 0;

	for (size_t i = 0; i < w->nr; i++) {
		if (is_message(&w->seen[i], TRACE_SEND, place, opcode, false))
			now++;
		else if (is_message(&w->seen[i], TRACE_RECEIVE, place, opcode, true))
			now--;
		most = now > most ? now : most;
	}
	return most;
}

/* ------------------------------------------------------------------ faults */

struct fault_filter *filter_begin(struct cluster *c, enum fault_action action, int from, int to,
				  uint8_t opcode, int answer)
{
	struct fault_filter *f = mem_alloc(sizeof(*f));

	f->from = from;
	f->to = to;
	f->opcode = opcode;
	f->answer = answer;
	f->oid = -1;
	f->action = action;
	universe_filter_add(&c->u, f);
	return f;
}

void filter_end(struct cluster *c, struct fault_filter *f)
{
	universe_filter_remove(&c->u, f);
	universe_release(&c->u, f->id);
	free(f);
}

/* ------------------------------------------------------------------ objects */

uint64_t made_content(uint64_t oid)
{
	return random_keyed(1, "made", oid, 0, 0) | 1;
}

static struct blob *made_blob(uint64_t like)
{
	uint8_t bytes[8];

	put_le64(bytes, made_content(like));
	return blob_new(bytes, sizeof(bytes));
}

void make_object(struct cluster *c, uint64_t oid)
{
	assert_int_equal(write_object(c, 0, SD_OP_CREATE_AND_WRITE_OBJ, oid, 0, made_blob(oid), 0),
			 SD_RES_SUCCESS);
	cluster_settle(c);
}

uint32_t make_objects(struct cluster *c, uint32_t nr)
{
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);

	for (uint32_t i = 0; i < nr; i++)
		make_object(c, sd_vid_to_data_oid(vid, i));
	return vid;
}

void overwrite(struct cluster *c, int i, uint64_t oid, uint64_t like)
{
	assert_int_equal(write_object(c, i, SD_OP_WRITE_OBJ, oid, 0, made_blob(like), 0),
			 SD_RES_SUCCESS);
}

uint64_t content_at(const struct cluster *c, int node, uint64_t oid, uint32_t stale_epoch)
{
	struct store_key key = {.oid = oid, .stale_epoch = stale_epoch};
	struct blob *b = store_get(c->node[node].store, key);
	uint8_t bytes[8];

	if (!b)
		return 0;
	blob_read(b, 0, bytes, sizeof(bytes));
	blob_unref(b);
	return get_le64(bytes);
}

void expect_made(struct cluster *c, int i, uint32_t vid, uint32_t nr)
{
	for (uint32_t k = 0; k < nr; k++) {
		uint64_t oid = sd_vid_to_data_oid(vid, k);
		uint32_t result;
		struct blob *b = read_object(c, i, oid, 0, 8, 0, &result);
		uint8_t bytes[8];

		assert_int_equal(result, SD_RES_SUCCESS);
		blob_read(b, 0, bytes, sizeof(bytes));
		blob_unref(b);
		assert_int_equal(get_le64(bytes), made_content(oid));
	}
}

static void gateway_ended(void *owner, int status, const char *why)
{
	struct cluster_node *n = owner;

	(void)status;
	(void)why;
	n->ended = true;
}

void start_gateway(struct cluster *c, int i)
{
	struct cluster_node *n = &c->node[i];
	struct sheep_options options = {
		.rec = {.nid = {.port = (uint16_t)(7000 + i)}, .zone = (uint32_t)i + 1},
		.auto_vnodes = true,
		.gateway = true,
		.ended = gateway_ended,
		.owner = n,
	};

	options.rec.nid.addr[12] = 127;
	options.rec.nid.addr[15] = 1;
	world_boot(&n->world);
	n->sheep = sheep_new(&n->world, c->commons, c->hub, n->store, &options);
	sheep_start(n->sheep);
}

void tell(struct cluster *c, int i, uint8_t opcode)
{
	struct req q;

	req_init(&q, opcode);
	assert_int_equal(ask_result(c, i, &q, NULL), SD_RES_SUCCESS);
}

/* ------------------------------------------------------------------ placement */

static struct view *view_of(struct cluster *c, unsigned members)
{
	struct node_rec rec[CLUSTER_NODES];
	struct members *m;
	struct view *v;
	size_t n = 0;

	for (unsigned i = 0; i < CLUSTER_NODES; i++) {
		if (!(members & 1u << i))
			continue;
		rec[n] = (struct node_rec){
			.nid = {.port = (uint16_t)(7000 + i)}, .zone = i + 1, .space = 4 * GIB};
		rec[n].nid.addr[12] = 127;
		rec[n++].nid.addr[15] = 1;
	}
	m = members_get(c->commons, rec, n);
	v = view_get(c->commons, m, true, PLACEMENT_NOW);
	members_unref(c->commons, m);
	return v;
}

int would_hold_as(struct cluster *c, unsigned members, int node, uint64_t oid, uint32_t copies)
{
	struct view *v = view_of(c, members);
	uint16_t holders[MAX_ZONES];
	uint32_t nr = view_holders(v, oid, copies, holders);
	int as = -1;

	for (uint32_t i = 0; i < nr; i++) {
		if (view_members(v)->rec[holders[i]].nid.port == 7000 + node)
			as = (int)i;
	}
	view_unref(c->commons, v);
	return as;
}

bool would_hold(struct cluster *c, unsigned members, int node, uint64_t oid, uint32_t copies)
{
	return would_hold_as(c, members, node, oid, copies) >= 0;
}

int would_be_at(struct cluster *c, unsigned members, uint64_t oid)
{
	for (int i = 0; i < CLUSTER_NODES; i++) {
		if ((members & 1u << i) && would_hold(c, members, i, oid, 1))
			return i;
	}
	fail_msg("nobody holds it");
	return -1;
}

uint64_t held_object(struct cluster *c, uint32_t vid, unsigned members, int node, uint32_t copies)
{
	for (uint32_t i = 0; i < 10000; i++) {
		if (would_hold(c, members, node, sd_vid_to_data_oid(vid, i), copies))
			return sd_vid_to_data_oid(vid, i);
	}
	fail_msg("it would hold nothing");
	return 0;
}

uint64_t moving_object(struct cluster *c, uint32_t vid, uint32_t n, unsigned from, int before,
		       unsigned to, int after)
{
	for (uint32_t i = 0; i < 10000; i++) {
		uint64_t oid = sd_vid_to_data_oid(vid, i);

		if (before >= 0 && would_be_at(c, from, oid) != before)
			continue;
		if (after >= 0 && would_be_at(c, to, oid) != after)
			continue;
		if (n-- == 0)
			return oid;
	}
	fail_msg("no object moves like that");
	return 0;
}

void alter_copies(struct cluster *c, uint32_t vid, uint8_t copies)
{
	struct req q;

	req_init(&q, SD_OP_ALTER_VDI_COPY);
	q.vdi_state.new_vid = vid;
	q.vdi_state.copies = copies;
	q.vdi_state.block_size_shift = SD_DEFAULT_BLOCK_SIZE_SHIFT;
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_SUCCESS);
}

void expect_no_runs(const struct cluster *c)
{
	for (int i = 0; i < CLUSTER_NODES; i++) {
		if (c->node[i].sheep)
			assert_null(c->node[i].sheep->run);
	}
}
