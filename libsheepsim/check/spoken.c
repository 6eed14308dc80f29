/*
 * What clients say, put into histories.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <sheepsim/wire/admin.h>
#include <sheepsim/wire/frontend.h>
#include <sheepsim/wire/object.h>

#include "base/mem.h"
#include "check/history_internal.h"
#include "check/spoken.h"
#include "wire/ops.h"
#include "wire/text.h"

#define INDEX_END (INODE_DATA_VIDS + 4ull * INODE_NR_DATA)

/* A request that has no answer yet, and what it may change or show. */
struct said {
	uint8_t opcode;
	uint32_t id;
	uint64_t oid;
	struct write *write;
	struct history_read *read;
	uint64_t skip, len; /* reads: the part of the answer that is judged */
	char name[18];	    /* of the object that is written or read */
	TAILQ_ENTRY(said) link;
};

/* A connection of a client. */
struct talk {
	uint64_t conn;
	int place;
	TAILQ_HEAD(, said) said;
	UT_hash_handle hh;
};

struct spoken {
	struct trace_sink sink;
	struct trace *trace;
	struct history *history;
	struct spoken_facts facts;
	int first; /* place of those of which nothing else is known */
	struct talk *talks;
	struct spoken_counts counts;
	uint64_t strays;
	char stray[160]; /* the first one */
};

/* ------------------------------------------------------------------ objects */

static void name_object(char name[18], uint64_t oid)
{
	snprintf(name, 18, "@%016" PRIx64, oid);
}

static bool has_content(uint64_t oid)
{
	return sd_oid_is_data(oid) || sd_oid_is_vmstate(oid);
}

/* The part of a range that is judged; false: none is. Of inodes it is the index. */
static bool judged_part(uint64_t oid, uint64_t *offset, uint64_t *len)
{
	uint64_t end = *offset + *len;

	if (has_content(oid))
		return *len > 0;
	if (!sd_oid_is_inode(oid) || *offset >= INDEX_END || end <= INODE_DATA_VIDS)
		return false;
	if (*offset < INODE_DATA_VIDS)
		*offset = INODE_DATA_VIDS;
	if (end > INDEX_END)
		end = INDEX_END;
	*len = end - *offset;
	return true;
}

/* Begins a write of bytes to an object; consumes data. */
static void begin_write(struct spoken *s, struct said *w, uint64_t oid, uint64_t offset,
			struct blob *data)
{
	name_object(w->name, oid);
	if (s->facts.coded(s->facts.arg, oid))
		history_coded(s->history, w->name);
	w->write = history_write_begin(s->history, w->name, offset, data);
	blob_unref(data);
}

static void said_write(struct spoken *s, struct said *w, const struct req *q, struct blob *payload)
{
	uint64_t offset = q->obj.offset, len = blob_size(payload);

	if (judged_part(q->obj.oid, &offset, &len))
		begin_write(s, w, q->obj.oid, offset,
			    blob_slice(payload, offset - q->obj.offset, len));
}

/* The content of [0, size), where all of it was written and is sure; else NULL. */
static struct blob *sure_content(const struct possible *c, uint64_t size)
{
	struct blob *content = blob_zero(size);

	for (uint64_t i = 0; i * CHUNK_SIZE < size; i++) {
		uint64_t rest = size - i * CHUNK_SIZE;
		uint32_t end = (uint32_t)(rest < CHUNK_SIZE ? rest : CHUNK_SIZE);
		const struct chunk *k = NULL;

		HASH_FIND(hh, c->chunks, &i, sizeof i, k);
		if (!k || k->nr_unsure || k->nr_written != 1 || k->written[0].from != 0 ||
		    k->written[0].to < end) {
			blob_unref(content);
			return NULL;
		}
		content = blob_overlay(content, i * CHUNK_SIZE, k->base);
	}
	return content;
}

/* The content of an object, where it is known as a whole; else NULL. */
static struct blob *known_content(const struct spoken *s, uint64_t oid, uint64_t size)
{
	const struct vdi_history *v;
	char name[18];

	name_object(name, oid);
	v = history_find(s->history, name);
	return v ? sure_content(&v->content, size) : NULL;
}

/* Creates a whole object: zeros, or what the object has that it is a copy of, and what is written.
 */
static void said_create(struct spoken *s, struct said *w, const struct req *q, struct blob *payload)
{
	uint64_t size = s->facts.size(s->facts.arg, q->obj.oid);
	bool copy = q->flags & SD_FLAG_CMD_COW;
	struct blob *base = copy ? known_content(s, q->obj.cow_oid, size) : blob_zero(size);

	if (!has_content(q->obj.oid)) {
		said_write(s, w, q, payload);
		blob_unref(base);
		return;
	}
	if (base) {
		begin_write(s, w, q->obj.oid, 0, blob_overlay(base, q->obj.offset, payload));
		return;
	}
	/* nothing is known of what it is a copy of, nor any more of what was there before */
	name_object(w->name, q->obj.oid);
	history_gone(s->history, w->name);
	said_write(s, w, q, payload);
}

static void said_read(struct spoken *s, struct said *w, const struct req *q)
{
	uint64_t offset = q->obj.offset, len = q->data_length;

	if (!judged_part(q->obj.oid, &offset, &len))
		return;
	name_object(w->name, q->obj.oid);
	/* where nothing was written nothing is known */
	if (!history_find(s->history, w->name))
		return;
	w->skip = offset - q->obj.offset;
	w->len = len;
	w->read = history_read_begin(s->history, w->name, offset, len);
}

/* The gateway removes the object and zeroes its entry in the index. Where there is no VDI there is
 * no index, and nothing that could be read back. */
static void said_discard(struct spoken *s, struct said *w, const struct req *q)
{
	uint64_t inode = sd_vid_to_inode_oid(sd_oid_vid(q->obj.oid));
	char name[18];

	name_object(name, inode);
	if (sd_oid_is_data(q->obj.oid) &&
	    (history_find(s->history, name) || s->facts.wanted(s->facts.arg, inode)))
		begin_write(s, w, inode, INODE_DATA_VIDS + 4ull * sd_oid_index(q->obj.oid),
			    blob_zero(4));
}

static void begin(struct spoken *s, struct said *w, const struct req *q, struct blob *payload)
{
	switch (q->opcode) {
	case SD_OP_CREATE_AND_WRITE_OBJ:
		said_create(s, w, q, payload);
		break;
	case SD_OP_WRITE_OBJ:
		said_write(s, w, q, payload);
		break;
	case SD_OP_READ_OBJ:
		said_read(s, w, q);
		break;
	case SD_OP_DISCARD_OBJ:
		said_discard(s, w, q);
		break;
	case SD_OP_REMOVE_OBJ:
		/* whatever comes of it, it need not be there any more */
		name_object(w->name, q->obj.oid);
		history_gone(s->history, w->name);
		break;
	default:
		break;
	}
}

/* ------------------------------------------------------------------ answers */

/* What the answer to an operation on VDIs or on the cluster means for objects. */
static void vdi_changed(struct spoken *s, const struct said *w, const struct rsp *p)
{
	char name[18];

	switch (w->opcode) {
	case SD_OP_NEW_VDI:
	case SD_OP_DEL_VDI:
		/* its index is not what clients have written any more */
		name_object(name, sd_vid_to_inode_oid(p->vdi.vdi_id));
		history_gone(s->history, name);
		break;
	case SD_OP_DISCARD_OBJ:
		name_object(name, w->oid);
		history_gone(s->history, name);
		break;
	case SD_OP_MAKE_FS:
		history_formatted(s->history);
		break;
	default:
		break;
	}
}

static void end_write(struct spoken *s, struct said *w, enum history_end end)
{
	if (w->write)
		history_write_end(s->history, w->name, w->write, end);
	w->write = NULL;
}

/* data: what was answered as a whole, or NULL. */
static void end_read(struct spoken *s, struct said *w, enum history_end end, struct blob *data,
		     const char *who)
{
	struct blob *part = NULL;

	if (!w->read)
		return;
	if (end == HISTORY_OK && blob_size(data) >= w->skip + w->len)
		part = blob_slice(data, w->skip, w->len);
	/* that there is no such object may be right: the check knows */
	history_read_end(s->history, w->read, part ? HISTORY_OK : HISTORY_LOST, part, 0, who);
	blob_unref(part);
	w->read = NULL;
}

static void end_said(struct spoken *s, struct talk *t, struct said *w, enum history_end end,
		     struct blob *data)
{
	char who[32];

	snprintf(who, sizeof who, "connection %" PRIu64, t->conn);
	end_write(s, w, end);
	end_read(s, w, end, data, who);
	TAILQ_REMOVE(&t->said, w, link);
	free(w);
}

static void count(struct spoken *s, const struct talk *t, uint8_t opcode)
{
	if (t->place < s->first)
		return;
	s->counts.reads += opcode == SD_OP_READ_OBJ;
	s->counts.writes += opcode == SD_OP_WRITE_OBJ || opcode == SD_OP_CREATE_AND_WRITE_OBJ;
}

/* ------------------------------------------------------------------ the stream of events */

static struct talk *find_talk(const struct spoken *s, uint64_t conn)
{
	struct talk *t = NULL;

	HASH_FIND(hh, s->talks, &conn, sizeof conn, t);
	return t;
}

static void hear_request(struct spoken *s, const struct trace_event *e)
{
	struct talk *t = find_talk(s, e->conn);
	struct said *w = mem_alloc(sizeof *w);
	struct req q;

	if (!t) {
		t = mem_alloc(sizeof *t);
		t->conn = e->conn;
		t->place = e->place;
		TAILQ_INIT(&t->said);
		HASH_ADD(hh, s->talks, conn, sizeof t->conn, t);
	}
	req_decode(e->head, &q);
	w->opcode = q.opcode;
	w->id = q.id;
	w->oid = q.variant == VARIANT_OBJ ? q.obj.oid : 0;
	TAILQ_INSERT_TAIL(&t->said, w, link);
	s->counts.requests += e->place >= s->first;
	begin(s, w, &q, e->payload);
}

/* Results of requests that were looked at, and not begun. */
static enum history_end end_of(uint32_t result)
{
	switch (result) {
	case SD_RES_SUCCESS:
		return HISTORY_OK;
	case SD_RES_VER_MISMATCH:
	case SD_RES_INVALID_PARMS:
	case SD_RES_WAIT_FOR_FORMAT:
	case SD_RES_WAIT_FOR_JOIN:
	case SD_RES_SHUTDOWN:
		return HISTORY_REFUSED;
	default:
		return HISTORY_FAILED;
	}
}

static void hear_answer(struct spoken *s, const struct trace_event *e)
{
	struct talk *t = find_talk(s, e->conn);
	struct said *w = NULL;
	struct rsp p;

	rsp_decode(e->head, &p);
	if (t)
		TAILQ_FOREACH (w, &t->said, link)
			if (w->id == p.id && w->opcode == p.opcode)
				break;
	if (!w) {
		if (e->place >= s->first && s->strays++ == 0)
			snprintf(s->stray, sizeof s->stray,
				 "connection %" PRIu64 " got an answer of id %u, operation %02x, "
				 "that it has not asked for",
				 e->conn, p.id, p.opcode);
		return;
	}
	if (p.result == SD_RES_SUCCESS) {
		count(s, t, w->opcode);
		vdi_changed(s, w, &p);
	}
	end_said(s, t, w, end_of(p.result), e->payload);
}

static void forget_talk(struct spoken *s, struct talk *t)
{
	while (!TAILQ_EMPTY(&t->said))
		end_said(s, t, TAILQ_FIRST(&t->said), HISTORY_LOST, NULL);
	HASH_DELETE(hh, s->talks, t);
	free(t);
}

static void hear(struct trace_sink *sink, const struct trace_event *e)
{
	struct spoken *s = container_of(sink, struct spoken, sink);
	struct talk *t;

	if (e->kind == TRACE_DISCONNECT) {
		t = find_talk(s, e->conn);
		if (t)
			forget_talk(s, t);
	} else if (e->place >= TRACE_CLIENT && e->kind == TRACE_SEND && !e->answer) {
		hear_request(s, e);
	} else if (e->place >= TRACE_CLIENT && e->kind == TRACE_RECEIVE && e->answer) {
		hear_answer(s, e);
	}
}

/* ------------------------------------------------------------------ its life */

struct spoken *spoken_new(struct trace *trace, struct history *h, const struct spoken_facts *facts,
			  int first)
{
	struct spoken *s = mem_alloc(sizeof *s);

	s->trace = trace;
	s->history = h;
	s->facts = *facts;
	s->first = first;
	s->sink.event = hear;
	trace_add_sink(trace, &s->sink);
	history_by_object(h, facts->wanted, facts->arg);
	return s;
}

void spoken_free(struct spoken *s)
{
	struct talk *t, *next;

	if (!s)
		return;
	trace_remove_sink(s->trace, &s->sink);
	HASH_ITER (hh, s->talks, t, next)
		forget_talk(s, t);
	free(s);
}

void spoken_counts(const struct spoken *s, struct spoken_counts *counts)
{
	*counts = s->counts;
}

void spoken_answers(struct spoken *s, struct report *r, uint64_t *requests)
{
	struct talk *t;

	*requests += s->counts.requests;
	for (t = s->talks; t; t = t->hh.next) {
		const struct said *w = TAILQ_FIRST(&t->said);
		char name[8];

		if (w && t->place >= s->first)
			report_violation(r, "I5",
					 "connection %" PRIu64 " got no answer to its %s of id %u",
					 t->conn, op_name(w->opcode, name), w->id);
	}
	if (s->strays)
		report_violation(r, "I5", "%s", s->stray);
	s->strays = 0;
}
