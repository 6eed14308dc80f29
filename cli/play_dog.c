/* dog's steps, done by sheepsim's own dog. */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <nettle/sha2.h>

#include "compare.h"
#include "files.h"
#include "play_dog.h"
#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"

#define DOG_PLACE  20000 /* sheepsim.h */
#define WORDS_MAX  32
#define LINES_MAX  60	/* of its output are in a capture, ... */
#define LINE_MAX   3000 /* ... with so many bytes each */
#define ATTR_VALUE 784	/* where the value begins in an attribute */
#define ATTR_LEN   524	/* where its length stands */

/* Some captures have this line where there was no data. */
#define NOTHING                                                                                    \
	"(0 bytes of output, sha256 "                                                              \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855)"

/* A request that dog has sent. */
struct dog_request {
	int node;
	uint8_t head[HEADER];
	struct sheepsim_bytes *bytes;
	bool matched;
};

struct dog_heard {
	struct dog_request *list;
	size_t nr;
	/* what `vdi backup' has written, for `vdi restore' */
	uint8_t *backup;
	size_t backup_len;
	/* how the command has ended */
	bool over;
	int status;
	char *output;
	uint8_t *data;
	size_t len;
};

/* ------------------------------------------------------------------ listening */

static void on_send(void *arg, const struct sheepsim_event *e)
{
	struct dog_heard *h = arg;
	struct dog_request *q;

	if (e->place != DOG_PLACE || e->answer || e->head == NULL)
		return;
	h->list = need(realloc(h->list, (h->nr + 1) * sizeof(*q)));
	q = &h->list[h->nr++];
	*q = (struct dog_request){.node = e->peer};
	memcpy(q->head, e->head, HEADER);
	q->bytes = e->bytes != NULL ? sheepsim_bytes_keep(e->bytes) : NULL;
}

static void forget(struct dog_heard *h)
{
	for (size_t i = 0; i < h->nr; i++) {
		if (h->list[i].bytes != NULL)
			sheepsim_bytes_drop(h->list[i].bytes);
	}
	free(h->list);
	free(h->output);
	free(h->data);
	h->list = NULL;
	h->output = NULL;
	h->data = NULL;
	h->nr = 0;
	h->len = 0;
	h->over = false;
}

int play_dog_open(struct player *p)
{
	p->heard = need(calloc(1, sizeof(*p->heard)));
	return sheepsim_events(p->sim, "send", on_send, p->heard);
}

void play_dog_close(struct player *p)
{
	if (p->heard == NULL)
		return;
	forget(p->heard);
	free(p->heard->backup);
	free(p->heard);
	p->heard = NULL;
}

/* ------------------------------------------------------------------ the command */

bool is_dog(const struct vector *v)
{
	return v->command != NULL && strncmp(v->command, "dog ", 4) == 0;
}

static bool is_backup(const struct vector *v)
{
	return strncmp(v->command, "dog vdi backup", 14) == 0;
}

static bool is_request(const struct vec_message *m, uint8_t opcode)
{
	return m->request && m->head_len == HEADER && m->head[1] == opcode;
}

static bool is_data_write(const struct vec_message *m)
{
	return (is_request(m, SD_OP_WRITE_OBJ) || is_request(m, SD_OP_CREATE_AND_WRITE_OBJ)) &&
	       (m->head[23] & 0xf0) == 0; /* the kind of the object is in the oid's last byte */
}

/* Adds bytes to those that dog reads. */
static void add(uint8_t **input, size_t *len, const uint8_t *bytes, size_t more)
{
	*input = need(realloc(*input, *len + more + 1));
	memcpy(*input + *len, bytes, more);
	*len += more;
}

/* Nothing followed the question. */
static bool was_declined(const struct vector *v)
{
	static const char question[] = "[yes/no]: \n";
	size_t len = v->output != NULL ? strlen(v->output) : 0;

	return len >= strlen(question) && strcmp(v->output + len - strlen(question), question) == 0;
}

/* What dog was given to read: it is seen in what it wrote; and it was told yes. */
static uint8_t *input_of(const struct dog_heard *h, const struct vector *v, size_t *len)
{
	uint8_t *input = NULL;

	*len = 0;
	if (strncmp(v->command, "dog vdi restore", 15) == 0 && h->backup != NULL)
		add(&input, len, h->backup, h->backup_len);
	for (size_t i = 0; i < v->nr_messages; i++) {
		const struct vec_message *m = &v->messages[i];
		uint8_t *payload = vec_payload(m);
		sd_le32 size;

		if (strncmp(v->command, "dog vdi write", 13) == 0 && is_data_write(m))
			add(&input, len, payload, m->len);
		if (strncmp(v->command, "dog vdi setattr", 15) == 0 &&
		    is_request(m, SD_OP_GET_VDI_ATTR) && m->len > ATTR_VALUE) {
			memcpy(&size, payload + ATTR_LEN, sizeof(size));
			add(&input, len, payload + ATTR_VALUE, sd_le32_to_cpu(size));
		}
		free(payload);
	}
	if (*len == 0)
		add(&input, len, (const uint8_t *)(was_declined(v) ? "no\n" : "yes\n"), 4);
	return input;
}

static void take_end(void *arg, const struct sheepsim_dog_end *end)
{
	struct dog_heard *h = arg;

	h->over = true;
	h->status = end->status;
	h->output = need(strdup(end->output));
	h->len = end->len;
	h->data = need(malloc(end->len + 1));
	if (end->len > 0)
		memcpy(h->data, end->data, end->len);
}

/* Runs it to its end. */
static void run_command(struct player *p, const struct vector *v)
{
	const char *words[WORDS_MAX];
	char *line = need(strdup(v->command + 4)), *state = NULL;
	struct sheepsim_dog dog = {.words = words};
	struct sheepsim_dog_end end;
	size_t len;
	uint8_t *input = input_of(p->heard, v, &len);

	for (char *w = strtok_r(line, " ", &state); w != NULL && dog.nr_words < WORDS_MAX;
	     w = strtok_r(NULL, " ", &state))
		words[dog.nr_words++] = w;
	dog.input = input;
	dog.input_len = len;
	if (sheepsim_dog(p->sim, &dog, &end) >= 0)
		take_end(p->heard, &end);
	free(input);
	free(line);
	if (is_backup(v) && p->heard->over) {
		p->heard->backup_len = 0;
		add(&p->heard->backup, &p->heard->backup_len, p->heard->data, p->heard->len);
	}
}

/* ------------------------------------------------------------------ requests */

static int node_of(const struct vector *v, const struct vec_message *m)
{
	const char *to = v->conns[m->conn].to;

	return strncmp(to, "node", 4) == 0 ? atoi(to + 4) : -1;
}

static struct answer said(const struct player *p, const char *step, const uint8_t head[HEADER],
			  uint8_t *payload, size_t len)
{
	struct answer a = {.payload = payload, .len = len};

	memcpy(a.head, head, HEADER);
	masks_apply_request(p->masks, step, a.head, payload, len);
	return a;
}

static struct answer said_by(const struct player *p, const char *step, const struct dog_request *q)
{
	size_t len = q->bytes != NULL ? sheepsim_bytes_size(q->bytes) : 0;
	uint8_t *payload = len > 0 ? need(malloc(len)) : NULL;

	if (len > 0)
		sheepsim_bytes_read(q->bytes, 0, payload, len);
	return said(p, step, q->head, payload, len);
}

static bool same(const struct answer *a, const struct answer *b)
{
	return memcmp(a->head, b->head, HEADER) == 0 && a->len == b->len &&
	       (a->len == 0 || memcmp(a->payload, b->payload, a->len) == 0);
}

/* The first request of dog that was not matched yet and is this one; NULL: none. *near: one of the
 * same operation to the same node. */
static struct dog_request *find(struct player *p, const char *step, int node,
				const struct answer *captured, struct dog_request **near)
{
	struct dog_heard *h = p->heard;

	*near = NULL;
	for (size_t i = 0; i < h->nr; i++) {
		struct dog_request *q = &h->list[i];
		struct answer got;
		bool equal;

		if (q->matched || q->node != node || q->head[1] != captured->head[1])
			continue;
		got = said_by(p, step, q);
		equal = same(captured, &got);
		free(got.payload);
		if (equal)
			return q;
		if (*near == NULL)
			*near = q;
	}
	return NULL;
}

/* How many of the captured requests came; prints what differs. */
static unsigned int compare_requests(struct player *p, const char *step, const struct vector *v,
				     unsigned int *nr)
{
	unsigned int equal = 0;

	*nr = 0;
	for (size_t i = 0; i < v->nr_messages; i++) {
		const struct vec_message *m = &v->messages[i];
		struct dog_request *q, *near;
		struct answer captured, got;

		if (!m->request)
			continue;
		++*nr;
		captured = said(p, step, m->head, vec_payload(m), m->len);
		q = find(p, step, node_of(v, m), &captured, &near);
		if (q != NULL) {
			q->matched = true;
			equal++;
		} else {
			printf("    %s:%u: n=%u: not sent by dog here: %s\n", v->path, m->line,
			       m->n, sheepsim_message_line(m->head, false));
			if (near != NULL) {
				got = said_by(p, step, near);
				answers_explain(NULL, &captured, &got);
				free(got.payload);
			}
		}
		free(captured.payload);
	}
	return equal;
}

static bool none_else(const struct dog_heard *h)
{
	bool none = true;

	for (size_t i = 0; i < h->nr; i++) {
		if (h->list[i].matched)
			continue;
		none = false;
		printf("    sent to node %d, and not in the capture: %s\n", h->list[i].node,
		       sheepsim_message_line(h->list[i].head, false));
	}
	return none;
}

/* ------------------------------------------------------------------ what it printed */

/* Letters in place of what is different in each run: dates, how full disks are, counters. */
static void mask_text(char *text, bool backup)
{
	static const char *const patterns[] = {
		/* what a backup looks like inside is sheepsim's own */
		"[(][0-9]+ bytes of output, sha256 [0-9a-f]{64}",
		"[0-9]{4}-[0-9]{2}-[0-9]{2}",
		"[0-9]{2}:[0-9]{2}(:[0-9]{2})?",
		"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ 0-9]{2} .{8} [0-9]{4}",
	};

	for (size_t i = backup ? 0 : 1; i < sizeof(patterns) / sizeof(*patterns); i++) {
		regex_t re;
		regmatch_t at;

		if (regcomp(&re, patterns[i], REG_EXTENDED) != 0)
			continue;
		for (char *s = text; regexec(&re, s, 1, &at, 0) == 0; s += at.rm_eo)
			memset(s + at.rm_so, '#', (size_t)(at.rm_eo - at.rm_so));
		regfree(&re);
	}
}

static bool is_text(const struct dog_heard *h)
{
	for (size_t i = 0; i < h->len; i++) {
		if (h->data[i] < 0x20 || h->data[i] > 0x7e)
			return false;
	}
	return true;
}

/* What dog wrote, as captures have it: text, or how many bytes of what digest. */
static char *printed(const struct dog_heard *h)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;
	char *text = need(malloc(strlen(h->output) + h->len + 200));
	size_t at = (size_t)sprintf(text, "%s", h->output);

	if (h->len == 0)
		return text;
	if (is_text(h)) {
		memcpy(text + at, h->data, h->len);
		strcpy(text + at + h->len, "\n");
		return text;
	}
	sha256_init(&sha);
	sha256_update(&sha, h->len, h->data);
	sha256_digest(&sha, sizeof(digest), digest);
	at += (size_t)sprintf(text + at, "(%zu bytes of output, sha256 ", h->len);
	for (size_t i = 0; i < sizeof(digest); i++)
		at += (size_t)sprintf(text + at, "%02x", digest[i]);
	strcpy(text + at, ")\n");
	return text;
}

/* Captures have the first lines, and of a line its beginning. */
static void cut_text(char *text)
{
	char *to = text;
	unsigned int line = 0;

	for (const char *from = text; *from != '\0' && line < LINES_MAX; line++) {
		size_t len = strcspn(from, "\n");
		size_t used = len < LINE_MAX ? len : LINE_MAX;

		memmove(to, from, used);
		to += used;
		*to++ = '\n';
		from += len + (from[len] == '\n');
	}
	*to = '\0';
}

static bool output_equal(const struct dog_heard *h, const struct vector *v)
{
	char *captured = need(strdup(v->output != NULL ? v->output : ""));
	char *empty = strstr(captured, NOTHING);
	char *got = printed(h);
	bool equal;

	if (empty != NULL)
		memmove(empty, empty + strlen(NOTHING) + 1, strlen(empty + strlen(NOTHING)));
	mask_text(captured, is_backup(v));
	mask_text(got, is_backup(v));
	cut_text(got);
	equal = strcmp(captured, got) == 0;
	if (!equal)
		printf("    captured output:\n%s    got:\n%s", captured, got);
	free(captured);
	free(got);
	return equal;
}

/* ------------------------------------------------------------------ the step */

void play_dog(struct player *p, const struct item *step, const struct vector *v)
{
	struct dog_heard *h = p->heard;
	unsigned int nr, equal;
	bool whole, ended, printed_same;

	forget(h);
	run_command(p, v);
	equal = compare_requests(p, step->name, v, &nr);
	whole = none_else(h) && equal == nr;
	ended = h->over && h->status == v->status;
	if (!ended)
		printf("    captured exit status %d, got %d%s\n", v->status, h->status,
		       h->over ? "" : ": it has not ended");
	printed_same = h->over && output_equal(h, v);
	whole = whole && ended && printed_same;
	printf("%s %-32s dog: %u of %u requests, output, exit status\n",
	       whole ? "ok    " : "DIFFER", step->name, equal, nr);
	p->totals.dogs++;
	p->totals.dogs_whole += whole;
}
