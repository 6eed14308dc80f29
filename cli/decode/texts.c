/* Conversations as text. */
#include <stdlib.h>
#include <string.h>

#include "decode/report.h"
#include "decode/talk.h"
#include "decode/texts.h"
#include "files.h"
#include "sheepsim/sheepsim.h"
#include "vectors.h"

#define DRIVER_MAGIC "SsDr" /* front of a message of the simulated cluster driver */

/* A structure that is all of the payload. */
static void check_structure(enum sheepsim_structure what, struct said *said)
{
	if (sheepsim_structure_fields(what, said->version, said->payload, (size_t)said->got, NULL,
				      NULL, &said->wrong) == 0)
		return;
	said->malformed = true;
	snprintf(said->reason, sizeof(said->reason), "%s", sheepsim_errmsg(NULL));
}

/* ------------------------------------------------------------------ captured conversations */

/* A message of a vector, as one unit of bytes: its header tells how long it should be. */
static void say_vector(struct book *book, struct talk *t, const struct vec_message *m)
{
	enum side side = m->request ? SIDE_CLIENT : SIDE_SERVER;
	uint8_t *payload = vec_payload(m);

	book->n = m->n - 1;
	talk_bytes(t, side, m->head, m->head_len, true, 0);
	if (m->len > 0)
		talk_bytes(t, side, payload, (size_t)m->len, false, 0);
	talk_cut(t, side, "the next one begins", true);
	free(payload);
}

static void say_event(struct book *book, struct talk_info *talk, const struct vec_event *e)
{
	uint8_t *payload = vec_payload(&e->buffer);
	struct event event = {
		.type = e->type,
		.queue = e->queue,
		.sender = e->sender,
		.members = e->members,
		.nr_members = e->nr_members,
	};
	struct said said = {
		.kind = SAID_EVENT,
		.n = e->buffer.n,
		.talk = talk,
		.payload = payload != NULL ? payload : (const uint8_t *)"",
		.len = e->buffer.len,
		.got = e->buffer.len,
		.event = &event,
	};

	if (said.got > 0)
		check_structure(strcmp(e->type, "NOTIFY") == 0 ? SHEEPSIM_NOTIFICATION
							       : SHEEPSIM_CLUSTER_INFO,
				&said);
	tell_said(book, &said);
	free(payload);
}

bool decode_vectors(struct book *book, const char *name, const char *content, char error[400])
{
	struct talk_info driver = {.from = "", .shown = true};
	struct talk **talks;
	struct vector v;

	if (!vector_read_text(&v, name, content, error))
		return false;
	talks = need(calloc(v.nr_conns + 1, sizeof(struct talk *)));
	for (size_t i = 0; i < v.nr_conns; i++) {
		enum talk_kind kind = strcmp(v.conns[i].to, "shepherd") == 0 ? TALK_SHEPHERD
				      : v.conns[i].goes_on		     ? TALK_LOOSE
									     : TALK_SHEEP;

		/* Where it goes on, it goes on with a message. */
		talks[i] = talk_open(book, v.conns[i].from, v.conns[i].to, kind, true);
	}
	for (size_t i = 0; i < v.nr_messages; i++)
		say_vector(book, talks[v.messages[i].conn], &v.messages[i]);
	for (size_t i = 0; i < v.nr_events; i++)
		say_event(book, &driver, &v.events[i]);
	for (size_t i = 0; i < v.nr_conns; i++)
		talk_close(talks[i], v.conns[i].closed);
	free(talks);
	vector_free(&v);
	return true;
}

/* ------------------------------------------------------------------ hexadecimal digits */

/* The bytes of one line. */
struct hex_line {
	char mark; /* '>', '<', 0: none */
	size_t first, len;
};

struct hex {
	struct hex_line *lines;
	size_t nr;
	uint8_t *bytes; /* of all of them */
	size_t len;
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One line up to its end or its comment; false: there is something else in it. */
static bool read_hex_line(struct hex *hex, const char *text, size_t len)
{
	struct hex_line line = {.first = hex->len};
	int high = -1;

	hex->bytes = need(realloc(hex->bytes, hex->len + len / 2 + 1));
	for (size_t i = 0; i < len && text[i] != '#'; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0 && strchr(" \t\r", text[i]) != NULL)
			continue;
		if (digit < 0 && strchr("<>", text[i]) != NULL && line.mark == 0 &&
		    hex->len == line.first && high < 0) {
			line.mark = text[i];
			continue;
		}
		if (digit < 0)
			return false;
		if (high < 0) {
			high = digit;
			continue;
		}
		hex->bytes[hex->len++] = (uint8_t)(high << 4 | digit);
		high = -1;
	}
	line.len = hex->len - line.first;
	if (line.len > 0) {
		hex->lines = need(realloc(hex->lines, (hex->nr + 1) * sizeof(line)));
		hex->lines[hex->nr++] = line;
	}
	return high < 0;
}

static bool read_hex(struct hex *hex, const char *name, const char *content, char error[400])
{
	unsigned number = 0;

	for (const char *line = content, *end; *line != '\0'; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		number++;
		if (read_hex_line(hex, line, (size_t)(end - line)))
			continue;
		snprintf(error, 400,
			 "%s:%u: not pairs of hexadecimal digits, as `xxd -p' prints them", name,
			 number);
		return false;
	}
	return true;
}

static bool is_driver(const uint8_t *bytes, size_t len)
{
	return len >= strlen(DRIVER_MAGIC) &&
	       memcmp(bytes, DRIVER_MAGIC, strlen(DRIVER_MAGIC)) == 0;
}

/* Does a message end where the line does? */
static bool is_whole(const uint8_t *bytes, size_t len)
{
	struct sheepsim_message q, p;

	if (len < HEAD_MAX)
		return false;
	sheepsim_message_head(bytes, false, &q);
	sheepsim_message_head(bytes, true, &p);
	return len - HEAD_MAX == q.payload || len - HEAD_MAX == p.payload;
}

/* Is it one message a line, or a stream that was cut into lines? */
static bool are_messages(const struct hex *hex)
{
	size_t whole = 0;

	for (size_t i = 0; i < hex->nr; i++) {
		const struct hex_line *line = &hex->lines[i];
		const uint8_t *bytes = hex->bytes + line->first;

		if (line->mark != 0 || is_driver(bytes, line->len))
			return true;
		whole += is_whole(bytes, line->len);
	}
	return whole * 2 >= hex->nr;
}

/* A message of the simulated driver stands for itself. */
static void say_driver(struct book *book, const uint8_t *bytes, size_t len)
{
	struct talk_info talk = {.shown = true};
	struct said said = {
		.kind = SAID_DRIVER, .talk = &talk, .payload = bytes, .len = len, .got = len};

	said.n = ++book->n;
	check_structure(SHEEPSIM_DRIVER_MESSAGE, &said);
	tell_said(book, &said);
}

static void say_lines(struct book *book, struct talk *t, const struct hex *hex)
{
	for (size_t i = 0; i < hex->nr; i++) {
		const struct hex_line *line = &hex->lines[i];
		const uint8_t *bytes = hex->bytes + line->first;
		enum side side = line->mark == '>'   ? SIDE_CLIENT
				 : line->mark == '<' ? SIDE_SERVER
						     : SIDE_UNKNOWN;

		if (is_driver(bytes, line->len)) {
			say_driver(book, bytes, line->len);
			continue;
		}
		talk_bytes(t, side, bytes, line->len, true, line->len);
		talk_cut(t, side, "the line ends", true);
	}
}

bool decode_hex(struct book *book, const char *name, const char *content, char error[400])
{
	struct hex hex = {0};
	bool good = read_hex(&hex, name, content, error);
	struct talk *t;

	if (good) {
		t = talk_open(book, NULL, NULL, TALK_LOOSE, true);
		if (are_messages(&hex)) {
			say_lines(book, t, &hex);
		} else {
			talk_bytes(t, SIDE_UNKNOWN, hex.bytes, hex.len, true, 0);
			talk_cut(t, SIDE_UNKNOWN, "the input ends", true);
		}
		talk_close(t, 0);
	}
	free(hex.bytes);
	free(hex.lines);
	return good;
}

/* ------------------------------------------------------------------ structures */

/* Bytes that are a structure, at this offset of the input. */
static void say_structure(struct book *book, enum said_kind kind, enum sheepsim_structure what,
			  const uint8_t *bytes, size_t len, uint64_t offset)
{
	struct talk_info talk = {.shown = true};
	struct said said = {.kind = kind,
			    .talk = &talk,
			    .offset = offset,
			    .payload = bytes,
			    .len = len,
			    .got = len,
			    .version = book->version};

	said.n = ++book->n;
	check_structure(what, &said);
	tell_said(book, &said);
}

/* The file of the local driver. */
struct local_file {
	struct book *book;
	const uint8_t *content;
};

static void say_local(void *arg, const char *queue, uint64_t offset, uint64_t len)
{
	struct local_file *file = arg;

	(void)queue;
	say_structure(file->book, SAID_LOCAL, SHEEPSIM_LOCAL_EVENT, file->content + offset,
		      (size_t)len, offset);
}

static bool decode_local(struct book *book, const uint8_t *content, size_t len)
{
	struct local_file file = {.book = book, .content = content};
	const char *version;

	if (sheepsim_local_queue(content, len, &version, NULL, NULL) < 0)
		return false;
	book->version = version;
	sheepsim_local_queue(content, len, &version, say_local, &file);
	return true;
}

bool decode_structure(struct book *book, enum input_kind kind, const uint8_t *content, size_t len)
{
	book->version = book->options->version;
	switch (kind) {
	case INPUT_INODE:
		say_structure(book, SAID_INODE, SHEEPSIM_INODE, content, len, 0);
		return true;
	case INPUT_COROSYNC:
		say_structure(book, SAID_COROSYNC, SHEEPSIM_COROSYNC_EVENT, content, len, 0);
		return true;
	case INPUT_ZOOKEEPER:
		say_structure(book, SAID_ZOOKEEPER, SHEEPSIM_ZOOKEEPER_EVENT, content, len, 0);
		return true;
	case INPUT_ANY:
	case INPUT_UNKNOWN:
	case INPUT_LOCAL:
		return decode_local(book, content, len);
	default:
		return false;
	}
}
