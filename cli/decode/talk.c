/* Messages out of the bytes of a conversation. */
#include <stdlib.h>
#include <string.h>

#include "decode/report.h"
#include "decode/show.h"
#include "decode/talk.h"
#include "files.h"
#include "sheepsim/sheepsim.h"

#define SHEEP_HEAD    48
#define SHEPHERD_HEAD 8
/* The largest object is 2 GiB; nothing else comes near. */
#define PAYLOAD_LIMIT (UINT32_C(1) << 31)
#define KNOWN_FLAGS   0x07ff
#define VERSION_LIMIT 0x0f
#define NOWHERE	      UINT64_MAX

enum state {
	STREAM_HEAD,
	STREAM_PAYLOAD,
	STREAM_LOST, /* looks for the next header */
};

/* What one side says. */
struct stream {
	bool answers; /* where both sides are one stream: as the last header told */
	enum state state;
	uint64_t offset; /* of the next byte */
	uint64_t at;	 /* where the message began, or what is passed over */
	uint8_t *bytes;	 /* of the message: the header, then what there is of the payload */
	size_t nr_bytes, cap;
	uint64_t len, came; /* of the payload; came: there or lost */
	uint64_t lost;
	size_t unit; /* bytes of the unit from the front of the message on, 0: not known */

	/* While it is lost: the last bytes, which of them are the first of a segment (bit i: byte
	 * i), and why. */
	uint8_t window[SHEEP_HEAD];
	size_t nr_window;
	uint64_t firsts;
	/* where the next header stands if that one's length is right; NOWHERE: nothing tells */
	uint64_t resume;
	char reason[160];
	bool malformed;
};

struct talk {
	struct book *book;
	struct talk_info info;
	enum talk_kind kind;
	bool whole;	   /* seen from its beginning, without gaps: every answer has its request */
	bool lost_answers; /* headers of answers were not captured */
	struct stream streams[NR_SIDES];
	struct questions questions;
	struct question *asked; /* the oldest of each opcode and id */
};

/* ------------------------------------------------------------------ what looks like a header */

bool talk_plausible(const uint8_t *bytes, size_t len, bool answer)
{
	struct sheepsim_message m;

	if (len < SHEEP_HEAD)
		return false;
	/* Most bytes are out of the question at a glance. */
	if (bytes[0] > VERSION_LIMIT || (bytes[3] & ~(KNOWN_FLAGS >> 8)) || bytes[7] ||
	    bytes[15] > 4)
		return false;
	sheepsim_message_head(bytes, answer, &m);
	return m.plausible;
}

static size_t head_size(const struct talk *t)
{
	return t->kind == TALK_SHEPHERD ? SHEPHERD_HEAD : SHEEP_HEAD;
}

/* What an answer repeats of its request. */
static void question_key(const uint8_t *head, uint8_t key[5])
{
	key[0] = head[1];
	memcpy(key + 1, head + 8, 4);
}

/* The oldest request with opcode and id of this header; NULL: there is none. */
static struct question *find_question(struct talk *t, const uint8_t *head)
{
	uint8_t key[5];
	struct question *q;

	question_key(head, key);
	HASH_FIND(hh, t->asked, key, sizeof(key), q);
	return q;
}

static void add_question(struct talk *t, struct question *q)
{
	struct question *first = find_question(t, q->head);

	question_key(q->head, q->key);
	TAILQ_INSERT_TAIL(&t->questions, q, link);
	if (first == NULL) {
		q->last_same = q;
		HASH_ADD(hh, t->asked, key, sizeof(q->key), q);
		return;
	}
	first->last_same->next_same = q;
	first->last_same = q;
}

/* Takes out the oldest of those with the same opcode and id. */
static void remove_question(struct talk *t, struct question *q)
{
	struct question *next = q->next_same;

	TAILQ_REMOVE(&t->questions, q, link);
	HASH_DEL(t->asked, q);
	if (next == NULL)
		return;
	next->last_same = q->last_same;
	HASH_ADD(hh, t->asked, key, sizeof(next->key), next);
}

/* Which side says this, where both are one stream? What the bytes leave open is guessed from how
 * many there are. */
static bool is_answer(struct talk *t, const struct stream *s)
{
	struct sheepsim_message q, p;

	sheepsim_message_head(s->bytes, false, &q);
	sheepsim_message_head(s->bytes, true, &p);
	if (q.version != 0 || q.flags != 0)
		return false;
	if (find_question(t, s->bytes))
		return true;
	if (q.opcode >= 0x80 || q.plausible != p.plausible)
		return !q.plausible;
	return s->unit != 0 && (s->unit > SHEEP_HEAD) == (p.payload > 0);
}

/* May a header in its place be one, whatever it asks for? Else the stream is out of step. */
static bool in_step(struct talk *t, const uint8_t *head, bool answer,
		    const struct sheepsim_message *m)
{
	if (m->plausible)
		return true;
	if (m->payload > PAYLOAD_LIMIT || (m->flags & ~KNOWN_FLAGS) || m->version > VERSION_LIMIT)
		return false;
	if (answer)
		return m->version == 0 && m->flags == 0 &&
		       (find_question(t, head) != NULL ||
			(t->kind == TALK_LOOSE && m->operation != NULL));
	/* Of an unknown operation there must be something else; zeros have neither. */
	return m->operation != NULL || m->version > 0;
}

/*
 * Does the stream go on where a header that nobody believes says that its message ends? Then only
 * that header was wrong, and what follows need not look better than in step.
 */
static bool goes_on(struct talk *t, struct stream *s)
{
	struct sheepsim_message m;
	bool answer = s->answers;

	if (s->resume == NOWHERE || s->offset != s->resume + SHEEP_HEAD)
		return false;
	memcpy(s->bytes, s->window, SHEEP_HEAD);
	if (s == &t->streams[SIDE_UNKNOWN])
		answer = is_answer(t, s);
	sheepsim_message_head(s->bytes, answer, &m);
	return in_step(t, s->bytes, answer, &m);
}

/* May the window be the front of a message, after bytes that were passed over? An answer is short
 * of marks: it must belong to a request, or begin a segment while no request is known. */
static bool is_found(struct talk *t, struct stream *s)
{
	bool first = s->firsts & 1;
	uint32_t len;

	if (t->kind == TALK_SHEPHERD)
		return first && sheepsim_shepherd_head(s->window, t->book->options->version,
						       !s->answers, &len) != NULL;
	if (s == &t->streams[SIDE_UNKNOWN])
		return talk_plausible(s->window, SHEEP_HEAD, false) ||
		       (talk_plausible(s->window, SHEEP_HEAD, true) && first);
	if (!talk_plausible(s->window, SHEEP_HEAD, s->answers))
		return false;
	if (!s->answers)
		return true;
	return find_question(t, s->window) != NULL || (first && TAILQ_EMPTY(&t->questions));
}

/* ------------------------------------------------------------------ losing and finding step */

/* From `at` on there is no message; the bytes that are known follow by scan(). */
static void lose(struct talk *t, struct stream *s, uint64_t at, bool malformed, const char *reason)
{
	s->state = STREAM_LOST;
	s->at = at;
	s->malformed = malformed;
	s->resume = NOWHERE;
	snprintf(s->reason, sizeof(s->reason), "%s", reason);
	s->nr_window = 0;
	s->firsts = 0;
	t->whole = false;
}

/* Says what was passed over up to `end`. */
static void end_of_lost(struct talk *t, struct stream *s, uint64_t end)
{
	struct skipped skipped = {
		.talk = &t->info,
		.answers = s->answers,
		.time = t->book->now,
		.offset = s->at,
		.len = end - s->at,
		.reason = s->reason,
		.malformed = s->malformed,
	};

	if (end > s->at)
		tell_skipped(t->book, &skipped);
}

static void begin_message(struct talk *t, struct stream *s);

/* One more byte while the stream is lost. */
static void scan(struct talk *t, struct stream *s, uint8_t byte, bool first)
{
	size_t size = head_size(t);

	if (s->nr_window == size) {
		memmove(s->window, s->window + 1, size - 1);
		s->firsts >>= 1;
		s->nr_window--;
	}
	if (first)
		s->firsts |= UINT64_C(1) << s->nr_window;
	s->window[s->nr_window++] = byte;
	s->offset++;
	if (s->nr_window < size || !(is_found(t, s) || goes_on(t, s)))
		return;
	end_of_lost(t, s, s->offset - size);
	s->at = s->offset - size;
	s->unit = 0;
	memcpy(s->bytes, s->window, size);
	s->nr_bytes = size;
	begin_message(t, s);
}

/* The header that was read is none: looks for one in it, from its second byte on. */
static void out_of_step(struct talk *t, struct stream *s, const char *reason)
{
	uint8_t head[SHEEP_HEAD];
	size_t size = head_size(t);

	memcpy(head, s->bytes, size);
	lose(t, s, s->at, true, reason);
	memcpy(s->window, head + 1, size - 1);
	s->nr_window = size - 1;
}

/* ------------------------------------------------------------------ messages */

static void next_message(struct stream *s)
{
	s->state = STREAM_HEAD;
	s->at = s->offset;
	s->nr_bytes = 0;
	s->unit = 0;
}

static void set_reason(struct said *said, const char *reason, uint64_t wrong)
{
	said->malformed = true;
	said->wrong = wrong;
	snprintf(said->reason, sizeof(said->reason), "%s", reason);
}

/* Can all requests be known by now? Packets of both sides may be captured in another order than
 * they came: one that is not complete yet may be meant. */
static bool knows_requests(const struct talk *t)
{
	const struct stream *s = &t->streams[SIDE_CLIENT];

	return t->kind == TALK_SHEEP && t->whole && s->state == STREAM_HEAD && s->nr_bytes == 0;
}

/* The peer version of a request: nodes tell it, of clients it is that of the nodes. */
static const char *version_of(struct book *book, const uint8_t *head)
{
	const char *told = sheepsim_message_version(head);

	if (book->options->version != NULL)
		return book->options->version;
	if (told != NULL)
		book->version = told;
	return book->version;
}

static void check_sheep(const struct talk *t, struct said *said)
{
	struct sheepsim_captured captured = said_captured(said);
	uint64_t wrong = 0;

	if (said->kind == SAID_ANSWER && !said->question) {
		if (knows_requests(t))
			set_reason(said, "it answers no request", 0);
		return;
	}
	if (sheepsim_captured_check(&captured, &wrong) < 0)
		set_reason(said, sheepsim_errmsg(NULL), wrong);
}

static void check(const struct talk *t, const struct stream *s, struct said *said)
{
	uint64_t wrong = 0;

	if (said->lost > 0 || said->cut != NULL)
		return;
	if (t->kind != TALK_SHEPHERD)
		check_sheep(t, said);
	else if (sheepsim_structure_fields(
			 s->answers ? SHEEPSIM_FROM_SHEPHERD : SHEEPSIM_TO_SHEPHERD, said->version,
			 s->bytes, s->nr_bytes, NULL, NULL, &wrong) < 0)
		set_reason(said, sheepsim_errmsg(NULL), wrong);
}

/* What a message is about, and by whom. Of a request that was not seen the answer tells the opcode.
 */
static void know_request(struct talk *t, struct said *said)
{
	if (t->kind == TALK_SHEPHERD) {
		said->version = t->book->options->version;
	} else if (said->kind == SAID_REQUEST) {
		memcpy(said->request, said->head, sizeof(said->request));
		said->version = version_of(t->book, said->head);
	} else if (said->question != NULL) {
		memcpy(said->request, said->question->head, sizeof(said->request));
		said->version = said->question->version;
	} else {
		said->request[1] = said->head[1];
		said->version = t->book->version;
	}
}

static struct question *ask(struct talk *t, const struct said *said)
{
	struct question *q = need(calloc(1, sizeof(*q)));

	q->n = said->n;
	q->time = said->time;
	q->version = said->version;
	memcpy(q->head, said->head, sizeof(q->head));
	add_question(t, q);
	return q;
}

static void finish(struct talk *t, struct stream *s, const char *cut, bool malformed)
{
	size_t size = head_size(t);
	struct said said = {
		.n = ++t->book->n,
		.talk = &t->info,
		.time = t->book->now,
		.offset = s->at,
		.head_len = size,
		.payload = s->bytes + size,
		.len = s->len,
		.got = s->nr_bytes - size,
		.lost = s->lost,
		.cut = cut,
	};
	char words[120];

	memcpy(said.head, s->bytes, size);
	if (t->kind == TALK_SHEPHERD)
		said.kind = s->answers ? SAID_FROM_SHEPHERD : SAID_TO_SHEPHERD;
	else
		said.kind = s->answers ? SAID_ANSWER : SAID_REQUEST;
	if (said.kind == SAID_ANSWER)
		said.question = find_question(t, said.head);
	know_request(t, &said);
	check(t, s, &said);
	if (cut && malformed) {
		snprintf(words, sizeof(words), "it ends after %llu of %llu bytes of payload",
			 (unsigned long long)s->came, (unsigned long long)s->len);
		set_reason(&said, words, size + s->came);
	}
	if (said.kind == SAID_REQUEST && !cut)
		said.question = ask(t, &said);
	tell_said(t->book, &said);
	if (said.kind == SAID_ANSWER && said.question != NULL) {
		remove_question(t, said.question);
		free(said.question->held);
		free(said.question);
	}
	next_message(s);
}

/* The header is complete. */
static void begin_message(struct talk *t, struct stream *s)
{
	struct sheepsim_message m;
	char words[160];
	uint32_t len;

	if (t->kind == TALK_SHEPHERD) {
		if (sheepsim_shepherd_head(s->bytes, t->book->options->version, !s->answers,
					   &len) == NULL) {
			out_of_step(t, s, "this is no message of shepherd");
			return;
		}
	} else {
		if (s == &t->streams[SIDE_UNKNOWN])
			s->answers = is_answer(t, s);
		sheepsim_message_head(s->bytes, s->answers, &m);
		if (!in_step(t, s->bytes, s->answers, &m)) {
			snprintf(words, sizeof(words),
				 "this is no header: version %u, opcode 0x%02x, flags 0x%04x, "
				 "length %lu",
				 m.version, m.opcode, m.flags, (unsigned long)m.length);
			out_of_step(t, s, words);
			if (m.payload <= PAYLOAD_LIMIT)
				s->resume = s->at + SHEEP_HEAD + m.payload;
			return;
		}
		len = m.payload;
	}
	s->state = STREAM_PAYLOAD;
	s->len = len;
	s->came = 0;
	s->lost = 0;
	if (len == 0)
		finish(t, s, NULL, false);
}

/* Keeps bytes of the message; memory grows with what came, never with what was announced. */
static void keep(struct stream *s, const uint8_t *bytes, size_t len)
{
	if (s->cap - s->nr_bytes < len) {
		s->cap = s->nr_bytes + len + s->cap / 2;
		s->bytes = need(realloc(s->bytes, s->cap));
	}
	memcpy(s->bytes + s->nr_bytes, bytes, len);
	s->nr_bytes += len;
}

/* Takes some of the bytes; how many. */
static size_t take(struct talk *t, struct stream *s, const uint8_t *bytes, size_t len, bool first)
{
	size_t size = head_size(t);

	if (s->state == STREAM_LOST) {
		scan(t, s, bytes[0], first);
		return 1;
	}
	if (s->state == STREAM_HEAD) {
		if (len > size - s->nr_bytes)
			len = size - s->nr_bytes;
		keep(s, bytes, len);
		s->offset += len;
		if (s->nr_bytes == size)
			begin_message(t, s);
		return len;
	}
	if (len > s->len - s->came)
		len = (size_t)(s->len - s->came);
	/* Behind a gap nothing is of use. */
	if (s->lost == 0)
		keep(s, bytes, len);
	s->came += len;
	s->offset += len;
	if (s->came == s->len)
		finish(t, s, NULL, false);
	return len;
}

/* ------------------------------------------------------------------ the outside */

struct talk *talk_open(struct book *book, const char *from, const char *to, enum talk_kind kind,
		       bool whole)
{
	struct talk *t = need(calloc(1, sizeof(*t)));

	t->book = book;
	t->kind = kind;
	t->whole = whole;
	t->info.number = (unsigned)++book->totals.talks;
	snprintf(t->info.from, sizeof(t->info.from), "%s", from ? from : "");
	snprintf(t->info.to, sizeof(t->info.to), "%s", to ? to : "");
	TAILQ_INIT(&t->questions);
	for (int i = 0; i < NR_SIDES; i++) {
		struct stream *s = &t->streams[i];

		s->answers = i == SIDE_SERVER;
		s->cap = SHEEP_HEAD;
		s->bytes = need(malloc(s->cap));
		if (!whole && kind != TALK_LOOSE)
			lose(t, s, 0, false, "it was under way already");
	}
	return t;
}

void talk_bytes(struct talk *t, enum side side, const uint8_t *bytes, size_t len, bool boundary,
		size_t unit)
{
	struct stream *s = &t->streams[side];
	size_t done = 0;

	while (done < len) {
		if (s->state == STREAM_HEAD && s->nr_bytes == 0)
			s->unit = unit > done ? unit - done : 0;
		done += take(t, s, bytes + done, len - done, boundary && done == 0);
	}
}

void talk_missing(struct talk *t, enum side side, uint64_t len)
{
	struct stream *s = &t->streams[side];
	uint64_t mine;

	t->book->totals.lost += len;
	if (s->state == STREAM_PAYLOAD) {
		mine = len < s->len - s->came ? len : s->len - s->came;
		s->came += mine;
		s->lost += mine;
		s->offset += mine;
		len -= mine;
		if (s->came == s->len)
			finish(t, s, NULL, false);
	}
	if (len == 0)
		return;
	t->lost_answers |= side == SIDE_SERVER;
	if (s->state == STREAM_HEAD)
		lose(t, s, s->at, false, "bytes were not captured");
	s->nr_window = 0;
	s->firsts = 0;
	s->offset += len;
}

void talk_cut(struct talk *t, enum side side, const char *why, bool malformed)
{
	struct stream *s = &t->streams[side];
	char words[160];

	if (s->state == STREAM_PAYLOAD) {
		finish(t, s, why, malformed);
	} else if (s->state == STREAM_LOST) {
		end_of_lost(t, s, s->offset);
	} else if (s->nr_bytes > 0) {
		snprintf(words, sizeof(words), "%zu bytes of a header, then %s", s->nr_bytes, why);
		lose(t, s, s->at, malformed, words);
		end_of_lost(t, s, s->offset);
	}
	next_message(s);
}

void talk_close(struct talk *t, char by)
{
	const char *why = by == 'C'   ? "the client closed the connection"
			  : by == 'S' ? "the sheep closed the connection"
				      : "the capture ends";
	struct question *q;

	for (int i = 0; i < NR_SIDES; i++)
		talk_cut(t, (enum side)i, why, false);
	while ((q = TAILQ_FIRST(&t->questions)) != NULL) {
		remove_question(t, q);
		q->info = t->info;
		q->why = t->lost_answers ? "answers were not captured" : why;
		TAILQ_INSERT_TAIL(&t->book->unanswered, q, link);
	}
	if (by != 0)
		tell_closed(t->book, &t->info, by);
	for (int i = 0; i < NR_SIDES; i++)
		free(t->streams[i].bytes);
	free(t);
}
