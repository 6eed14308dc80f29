/* Masks: parsing and applying them. */
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "lines.h"
#include "masks.h"
#include "sheepsim/sheepsim.h"

/* sizes and places on the wire: spec 2.1 to 2.5 */
#define NODE_SIZE   80
#define EPOCH_SIZE  48
#define AT_OPCODE   1
#define AT_RESULT   16 /* of answers */
#define AT_OID	    16 /* of requests */
#define AT_OFFSET   40 /* of requests; STAT_CLUSTER: nodes that an entry has room for */
#define AT_NR_NODES 20 /* in an epoch of STAT_CLUSTER */

const char builtin_masks[] =
	"# Nodes begin with 24 bytes of the sender's memory: pointers of a tree.\n"
	"GET_NODE_LIST  answer node 0-23\n"
	"FORCE_RECOVER  answer node 0-23\n"
	"CLUSTER_INFO   answer node 0-23 from 48\n"
	"GET_EPOCH      answer node 0-23 to -8\n"
	"STAT_CLUSTER   answer epoch-node 0-23\n"
	"COMPLETE_RECOVERY request node 0-23\n"
	"# Times: of the cluster's creation, of an epoch, of inodes and attributes.\n"
	"CLUSTER_INFO   answer payload 8-15\n"
	"STAT_CLUSTER   answer epoch 0-15\n"
	"GET_EPOCH      answer payload last 8\n"
	"READ_OBJ       answer object 512-527 if inode\n"
	"READ_OBJ       answer object 512-519 if attribute\n"
	"READ_PEER      answer object 512-527 if inode\n"
	"READ_PEER      answer object 512-519 if attribute\n"
	"WRITE_PEER     request object 512-527 if inode\n"
	"WRITE_PEER     request object 512-519 if attribute\n"
	"CREATE_AND_WRITE_PEER request object 512-527 if inode\n"
	"CREATE_AND_WRITE_PEER request object 512-519 if attribute\n"
	"WRITE_OBJ      request object 512-527 if inode\n"
	"CREATE_AND_WRITE_OBJ request object 512-527 if inode\n"
	"MAKE_FS        request header 24-31\n"
	"# SHA-1 over such times.\n"
	"GET_HASH       answer header 24-43 if inode\n"
	"GET_HASH       answer header 24-43 if attribute\n"
	"# Memory that was never written.\n"
	"STAT_CLUSTER   answer epoch-free all\n"
	"NEW_VDI        answer header 24-31 if failure\n"
	"GET_RECOVERY   answer payload 4-7\n"
	"GET_RECOVERY   answer payload 17-23\n"
	"SET_VNODES     request payload 4-7\n"
	"SET_RECOVERY   request payload 4-7\n"
	"SET_RECOVERY   request payload 16-23\n"
	"# Counters of all that was asked before.\n"
	"STAT           answer payload all\n";

enum part {
	PART_HEADER,
	PART_PAYLOAD,
	PART_OBJECT,
	PART_NODE,
	PART_EPOCH,
	PART_EPOCH_NODE,
	PART_EPOCH_FREE,
};

enum condition { ALWAYS, IF_INODE, IF_ATTRIBUTE, IF_FAILURE };

struct mask {
	uint8_t opcode;
	bool request; /* else of answers */
	enum part part;
	bool last;	     /* count from the end */
	uint64_t first, end; /* end: the byte behind; last: how many */
	int64_t from, to;    /* to 0: the end of the payload */
	enum condition condition;
	char *step; /* NULL: in all of them */
};

/* ------------------------------------------------------------------ parsing */

static bool read_opcode(struct lines_reader *r, const char *word, uint8_t *opcode)
{
	const char *name;
	uint8_t known;

	if (strncmp(word, "0x", 2) == 0 && strlen(word) == 4 && line_hex(word + 2, 2, opcode))
		return true;
	for (unsigned int i = 0; (name = sheepsim_operation(i, &known)) != NULL; i++) {
		if (strcmp(name, word) == 0) {
			*opcode = known;
			return true;
		}
	}
	return lines_error(r, "there is no operation `%.40s'", word);
}

/* The place of a word in a list of words that ends with NULL; -1: it is not there. */
static int word_in(const char *word, const char *const *list)
{
	for (int i = 0; list[i] != NULL; i++) {
		if (strcmp(list[i], word) == 0)
			return i;
	}
	return -1;
}

/* "A-B", "A", "all", "last N"; *used: how many words that were */
static bool read_range(struct lines_reader *r, size_t at, struct mask *m, size_t *used)
{
	const char *word = r->words[at];
	char first[32];
	size_t len = strcspn(word, "-");

	*used = 1;
	if (strcmp(word, "all") == 0) {
		m->end = UINT64_MAX;
		return true;
	}
	if (strcmp(word, "last") == 0) {
		m->last = true;
		*used = 2;
		return (at + 1 < r->nr_words &&
			line_number(r->words[at + 1], INT32_MAX, &m->end)) ||
		       lines_error(r, "last how many bytes?");
	}
	if (len >= sizeof(first))
		return lines_error(r, "bytes are A-B, A, all, or last N");
	memcpy(first, word, len);
	first[len] = '\0';
	if (!line_number(first, INT32_MAX, &m->first))
		return lines_error(r, "bytes are A-B, A, all, or last N");
	m->end = m->first;
	if (word[len] == '-' &&
	    (!line_number(word + len + 1, INT32_MAX, &m->end) || m->end < m->first))
		return lines_error(r, "bytes are A-B, with B not below A");
	m->end++;
	return true;
}

static bool read_offset(const char *word, int64_t *offset)
{
	bool negative = word[0] == '-';
	uint64_t number;

	if (!line_number(word + negative, INT32_MAX, &number))
		return false;
	*offset = negative ? -(int64_t)number : (int64_t)number;
	return true;
}

/* What follows the bytes: pairs of words. */
static bool read_rest(struct lines_reader *r, size_t at, struct mask *m)
{
	static const char *const conditions[] = {"", "inode", "attribute", "failure", NULL};
	int condition;

	for (; at < r->nr_words; at += 2) {
		const char *word = r->words[at];

		if (at + 1 == r->nr_words)
			return lines_error(r, "%s what?", word);
		if (strcmp(word, "if") == 0) {
			condition = word_in(r->words[at + 1], conditions);
			if (condition <= 0)
				return lines_error(r, "if inode, attribute, or failure");
			m->condition = (enum condition)condition;
		} else if (strcmp(word, "in") == 0 && m->step == NULL) {
			m->step = need(strdup(r->words[at + 1]));
		} else if (m->part != PART_NODE ||
			   (strcmp(word, "from") != 0 && strcmp(word, "to") != 0)) {
			return lines_error(r, "unexpected `%.40s'", word);
		} else if (!read_offset(r->words[at + 1],
					strcmp(word, "to") == 0 ? &m->to : &m->from)) {
			return lines_error(r, "%s is followed by a number", word);
		}
	}
	if (m->request && m->condition == IF_FAILURE)
		return lines_error(r, "a request cannot fail");
	return m->from >= 0 || lines_error(r, "from is not negative");
}

static bool read_mask(struct lines_reader *r, struct masks *masks)
{
	static const char *const parts[] = {"header", "payload",    "object",	  "node",
					    "epoch",  "epoch-node", "epoch-free", NULL};
	struct mask m = {0};
	size_t used;
	int part;

	if (r->nr_words < 4)
		return lines_error(r, "not `OPERATION answer|request PART BYTES ...'");
	if (!read_opcode(r, r->words[0], &m.opcode))
		return false;
	m.request = strcmp(r->words[1], "request") == 0;
	if (!m.request && strcmp(r->words[1], "answer") != 0)
		return lines_error(r, "answer or request, not `%.40s'", r->words[1]);
	part = word_in(r->words[2], parts);
	if (part < 0)
		return lines_error(r,
				   "`%.40s' is no part: header, payload, object, node, epoch, "
				   "epoch-node, epoch-free",
				   r->words[2]);
	m.part = (enum part)part;
	if (!read_range(r, 3, &m, &used) || !read_rest(r, 3 + used, &m)) {
		free(m.step);
		return false;
	}
	masks->list = need(realloc(masks->list, (masks->nr + 1) * sizeof(m)));
	masks->list[masks->nr++] = m;
	return true;
}

static bool read_masks(struct masks *m, struct lines_reader *r, char error[400])
{
	bool good = r->error[0] == '\0';

	while (good && lines_next(r)) {
		if (r->nr_words > 0)
			good = read_mask(r, m);
	}
	memcpy(error, r->error, sizeof(r->error));
	lines_close(r);
	return good;
}

bool masks_add_text(struct masks *m, const char *name, const char *text, char error[400])
{
	struct lines_reader r;

	lines_open_text(&r, name, text);
	return read_masks(m, &r, error);
}

bool masks_add_file(struct masks *m, const char *path, char error[400])
{
	struct lines_reader r;

	lines_open(&r, path);
	return read_masks(m, &r, error);
}

void masks_free(struct masks *m)
{
	for (size_t i = 0; i < m->nr; i++)
		free(m->list[i].step);
	free(m->list);
	*m = (struct masks){0};
}

/* ------------------------------------------------------------------ applying */

static uint64_t little(const uint8_t *bytes, unsigned int n)
{
	uint64_t value = 0;

	while (n-- > 0)
		value = value << 8 | bytes[n];
	return value;
}

static bool applies(const struct mask *m, const char *step, const uint8_t *request,
		    const uint8_t *answer)
{
	uint64_t oid = little(request + AT_OID, 8);

	if (m->opcode != request[AT_OPCODE] || (m->step != NULL && strcmp(m->step, step) != 0))
		return false;
	switch (m->condition) {
	case ALWAYS:
		return true;
	case IF_INODE:
		return oid >> 63 != 0;
	case IF_ATTRIBUTE:
		return oid >> 63 == 0 && (oid >> 61 & 1) != 0;
	case IF_FAILURE:
		return little(answer + AT_RESULT, 4) != 0;
	}
	return false;
}

/* Zeros the mask's bytes of a piece of size bytes; skipped: how far into it the piece begins. */
static void zero(const struct mask *m, uint8_t *piece, uint64_t size, uint64_t skipped)
{
	uint64_t first = m->first;
	uint64_t end = m->end;

	if (m->last) {
		first = m->end < size ? size - m->end : 0;
		end = size;
	} else {
		first = first > skipped ? first - skipped : 0;
		end = end == UINT64_MAX ? end : end > skipped ? end - skipped : 0;
	}
	if (end > size)
		end = size;
	if (first < end)
		memset(piece + first, 0, end - first);
}

static void zero_nodes(const struct mask *m, uint8_t *payload, uint64_t from, uint64_t to)
{
	for (; from + NODE_SIZE <= to; from += NODE_SIZE)
		zero(m, payload + from, NODE_SIZE, 0);
}

/* Of STAT_CLUSTER: entries of 48 bytes and `room` nodes. */
static void zero_epochs(const struct mask *m, uint8_t *payload, uint64_t len, uint64_t room)
{
	uint64_t size = EPOCH_SIZE + NODE_SIZE * room;

	for (uint64_t at = 0; at + EPOCH_SIZE <= len; at += size) {
		uint64_t end = len - at < size ? len : at + size;
		uint64_t used = little(payload + at + AT_NR_NODES, 4);
		uint64_t free_at = at + EPOCH_SIZE + NODE_SIZE * (used < room ? used : room);

		if (m->part == PART_EPOCH)
			zero(m, payload + at, EPOCH_SIZE, 0);
		else if (m->part == PART_EPOCH_NODE)
			zero_nodes(m, payload, at + EPOCH_SIZE, end);
		else if (free_at < end)
			zero(m, payload + free_at, end - free_at, 0);
	}
}

/* head: of the message itself, a copy of which is request if it is one */
static void apply(const struct mask *m, const uint8_t *request, uint8_t *head, uint8_t *payload,
		  uint64_t len)
{
	uint64_t number = little(request + AT_OFFSET, 4);
	uint64_t to = len;

	switch (m->part) {
	case PART_HEADER:
		zero(m, head, 48, 0);
		break;
	case PART_PAYLOAD:
		zero(m, payload, len, 0);
		break;
	case PART_OBJECT:
		zero(m, payload, len, number);
		break;
	case PART_NODE:
		if (m->to > 0 && (uint64_t)m->to < len)
			to = (uint64_t)m->to;
		else if (m->to < 0)
			to = (uint64_t)-m->to < len ? len - (uint64_t)-m->to : 0;
		zero_nodes(m, payload, (uint64_t)m->from, to);
		break;
	case PART_EPOCH:
	case PART_EPOCH_NODE:
	case PART_EPOCH_FREE:
		zero_epochs(m, payload, len, number);
		break;
	}
}

/*
 * In any order masks do the same: what they look at (the result; how many nodes an epoch has) is as
 * the message said it, not as another mask has left it.
 */
static void apply_all(const struct masks *m, const char *step, bool is_request, uint8_t *head,
		      const uint8_t *request, uint8_t *payload, size_t len)
{
	uint8_t said[48];

	memcpy(said, head, sizeof(said));
	for (int looks = 1; looks >= 0; looks--) {
		for (size_t i = 0; i < m->nr; i++) {
			const struct mask *one = &m->list[i];

			if (one->request == is_request && (one->part == PART_EPOCH_FREE) == looks &&
			    applies(one, step, request, said))
				apply(one, request, head, payload, len);
		}
	}
}

void masks_apply(const struct masks *m, const char *step, const uint8_t request[48],
		 uint8_t answer[48], uint8_t *payload, size_t len)
{
	apply_all(m, step, false, answer, request, payload, len);
}

void masks_apply_request(const struct masks *m, const char *step, uint8_t request[48],
			 uint8_t *payload, size_t len)
{
	uint8_t said[48];

	memcpy(said, request, sizeof(said));
	apply_all(m, step, true, request, said, payload, len);
}
