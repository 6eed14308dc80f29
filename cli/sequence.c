/* Reading sequences. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "lines.h"
#include "sequence.h"

struct sequence_reader {
	struct lines_reader lines;
	struct sequence *s;
};

/* ------------------------------------------------------------------ topology */

/* "127.0.0.1:7010" */
static bool read_endpoint(const char *word, char address[64], uint16_t *port)
{
	const char *colon = strrchr(word, ':');
	uint64_t number;

	if (colon == NULL || (size_t)(colon - word) >= 64 ||
	    !line_number(colon + 1, UINT16_MAX, &number))
		return false;
	memcpy(address, word, (size_t)(colon - word));
	address[colon - word] = '\0';
	*port = (uint16_t)number;
	return true;
}

/* "1g(tmpfs)", "2x512m(tmpfs)": disks and the bytes of all of them */
static bool read_disk(const char *word, struct topology_node *node)
{
	char *end;
	unsigned long size = strtoul(word, &end, 10);
	unsigned long disks = 1;

	if (*end == 'x') {
		disks = size;
		size = strtoul(end + 1, &end, 10);
	}
	if ((*end != 'g' && *end != 'm') || size == 0 || size > 65536 || disks == 0 || disks > 16)
		return false;
	node->disks = (unsigned int)disks;
	node->space = (uint64_t)size * disks << (*end == 'g' ? 30 : 20);
	return true;
}

static bool read_attribute(const char *word, struct topology_node *node)
{
	uint64_t number;

	if (strcmp(word, "gateway") == 0) {
		node->gateway = true;
		return true;
	}
	if (strncmp(word, "zone=", 5) == 0) {
		if (!line_number(word + 5, UINT32_MAX, &number))
			return false;
		node->zone = (uint32_t)number;
		return true;
	}
	if (strncmp(word, "disk=", 5) == 0)
		return read_disk(word + 5, node);
	if (strncmp(word, "io=", 3) == 0)
		return read_endpoint(word + 3, node->io_address, &node->io_port);
	if (strncmp(word, "vnodes=", 7) == 0) {
		if (strcmp(word + 7, "auto") == 0)
			return true;
		if (!line_number(word + 7, UINT16_MAX, &number))
			return false;
		node->vnodes = (unsigned int)number;
		return true;
	}
	return strncmp(word, "paths=", 6) == 0;
}

/* The comment "topology: nodeI ADDR:PORT zone=Z disk=SIZE vnodes=auto|N ..." */
static bool read_topology(struct sequence_reader *r)
{
	char *state;
	char *word = strtok_r(r->lines.comment, " ", &state);
	struct topology_node *node;
	uint64_t index;

	if (word == NULL || strcmp(word, "topology:") != 0)
		return true;
	word = strtok_r(NULL, " ", &state);
	if (word != NULL && strcmp(word, "shepherd") == 0) {
		r->s->shepherd = true;
		return true;
	}
	if (word == NULL || strncmp(word, "node", 4) != 0 ||
	    !line_number(word + 4, TOPOLOGY_MAX - 1, &index) || index != r->s->nr_nodes)
		return lines_error(&r->lines, "the topology goes on with node%zu", r->s->nr_nodes);
	node = &r->s->nodes[r->s->nr_nodes++];
	word = strtok_r(NULL, " ", &state);
	if (word == NULL || !read_endpoint(word, node->address, &node->port))
		return lines_error(&r->lines, "a node of the topology has ADDRESS:PORT");
	while ((word = strtok_r(NULL, " ", &state)) != NULL) {
		if (!read_attribute(word, node))
			return lines_error(&r->lines, "unexpected `%s' of a node", word);
	}
	return true;
}

/* ------------------------------------------------------------------ lines */

static struct item *add_item(struct item **items, size_t *nr)
{
	*items = need(realloc(*items, (*nr + 1) * sizeof(**items)));
	(*items)[*nr] = (struct item){.node = -1, .other = -1};
	return &(*items)[(*nr)++];
}

/* "node3" -> 3 */
static bool read_node(struct sequence_reader *r, const char *word, int *node)
{
	uint64_t index;

	if (strncmp(word, "node", 4) != 0 || !line_number(word + 4, TOPOLOGY_MAX - 1, &index) ||
	    index >= r->s->nr_nodes)
		return lines_error(&r->lines, "there is no `%.40s' in the topology", word);
	*node = (int)index;
	return true;
}

/* step NAME [FOLDER...]: COMMAND -- and moments, without a command */
static bool read_step(struct sequence_reader *r, struct item *item)
{
	char **w = r->lines.words;
	bool last = false;

	if (r->lines.nr_words < 3 || w[2][0] != '[')
		return lines_error(&r->lines, "not `%s NAME [FOLDER...]'", w[0]);
	item->name = need(strdup(w[1]));
	w[2]++;
	for (size_t i = 2; i < r->lines.nr_words && !last; i++) {
		size_t len = strcspn(w[i], "]");
		size_t size = len + strlen(item->name) + 2;
		char *file;

		last = w[i][len] == ']';
		w[i][len] = '\0';
		if (len == 0)
			continue;
		file = need(malloc(size));
		if (strchr(w[i], '/') != NULL)
			snprintf(file, size, "%s", w[i]);
		else
			snprintf(file, size, "%s/%s", w[i], item->name);
		item->files = need(realloc(item->files, (item->nr_files + 1) * sizeof(char *)));
		item->files[item->nr_files++] = file;
	}
	return last || lines_error(&r->lines, "the list of folders has no end");
}

/* "0.3s", "2s" */
static bool read_seconds(const char *word, uint64_t *ns)
{
	char *end;
	unsigned long whole = strtoul(word, &end, 10);
	uint64_t part = 0;
	uint64_t unit = UINT64_C(1000000000);

	if (end == word || whole > 100000)
		return false;
	if (*end == '.') {
		for (end++; *end >= '0' && *end <= '9' && unit > 1; end++) {
			unit /= 10;
			part += (uint64_t)(*end - '0') * unit;
		}
	}
	*ns = whole * UINT64_C(1000000000) + part;
	return strcmp(end, "s") == 0;
}

static bool read_oid(struct sequence_reader *r, const char *word, uint64_t *oid)
{
	char *end;

	*oid = strtoull(word, &end, 16);
	return (strlen(word) == 16 && *end == '\0') ||
	       lines_error(&r->lines, "an object is 16 hexadecimal digits");
}

/* remove-object nodeI OID [strip K] */
static bool read_remove(struct sequence_reader *r, struct item *item)
{
	char **w = r->lines.words;
	uint64_t strip = 0;

	item->kind = ITEM_REMOVE;
	if ((r->lines.nr_words != 3 && r->lines.nr_words != 5) ||
	    (r->lines.nr_words == 5 &&
	     (strcmp(w[3], "strip") != 0 || !line_number(w[4], 255, &strip))))
		return lines_error(&r->lines, "not `remove-object NODE OID [strip K]'");
	item->strip = (unsigned int)strip;
	return read_node(r, w[1], &item->node) && read_oid(r, w[2], &item->oid);
}

/* damage-object nodeI OID @OFF "TEXT" */
static bool read_damage(struct sequence_reader *r, struct item *item)
{
	char **w = r->lines.words;
	size_t len = r->lines.nr_words == 5 ? strlen(w[4]) : 0;

	item->kind = ITEM_DAMAGE;
	if (len < 3 || w[4][0] != '"' || w[4][len - 1] != '"' || w[3][0] != '@' ||
	    !line_number(w[3] + 1, UINT32_MAX, &item->offset))
		return lines_error(&r->lines, "not `damage-object NODE OID @OFFSET \"TEXT\"'");
	w[4][len - 1] = '\0';
	item->text = need(strdup(w[4] + 1));
	return read_node(r, w[1], &item->node) && read_oid(r, w[2], &item->oid);
}

/* copy-metadata nodeI nodeJ: ... */
static bool read_copy(struct sequence_reader *r, struct item *item)
{
	char **w = r->lines.words;

	item->kind = ITEM_COPY_METADATA;
	if (r->lines.nr_words < 3)
		return lines_error(&r->lines, "not `copy-metadata NODE NODE: ...'");
	w[2][strcspn(w[2], ":")] = '\0';
	return read_node(r, w[1], &item->node) && read_node(r, w[2], &item->other);
}

static bool read_wait(struct sequence_reader *r, struct item *item)
{
	char **w = r->lines.words;

	item->kind = ITEM_WAIT;
	if (r->lines.nr_words == 2 && strcmp(w[1], "recovery") == 0) {
		item->kind = ITEM_WAIT_RECOVERY;
		return true;
	}
	return (r->lines.nr_words == 2 && read_seconds(w[1], &item->ns)) ||
	       lines_error(&r->lines, "not `wait SECONDSs' or `wait recovery'");
}

/* start, restart, kill, stop, hold, release: of a node, or of a program that is not simulated */
static bool read_process(struct sequence_reader *r, struct item *item, enum item_kind kind)
{
	char **w = r->lines.words;

	item->kind = kind;
	if (r->lines.nr_words < 2)
		return lines_error(&r->lines, "%s what?", w[0]);
	if (strcmp(w[1], "tgtd") == 0 || strcmp(w[1], "shepherd") == 0) {
		item->kind = kind == ITEM_KILL ? ITEM_KILL_TGTD : ITEM_OTHER;
		return true;
	}
	for (size_t i = 2; i < r->lines.nr_words; i++) {
		if (strcmp(w[i], "no-wait") == 0)
			item->no_wait = true;
		else if (strcmp(w[i], "same-disk") != 0)
			return lines_error(&r->lines, "unexpected `%s'", w[i]);
	}
	return read_node(r, w[1], &item->node);
}

/* send n=K, answer n=K */
static bool read_n(struct sequence_reader *r, struct item *item, enum item_kind kind)
{
	char **w = r->lines.words;
	uint64_t n;

	item->kind = kind;
	if (r->lines.nr_words != 2 || strncmp(w[1], "n=", 2) != 0 ||
	    !line_number(w[1] + 2, UINT32_MAX, &n))
		return lines_error(&r->lines, "not `%s n=N'", w[0]);
	item->n = (unsigned int)n;
	return true;
}

static bool read_action(struct sequence_reader *r, struct item *item)
{
	static const struct {
		const char *word;
		enum item_kind kind;
	} processes[] = {
		{"start", ITEM_START}, {"restart", ITEM_START}, {"kill", ITEM_KILL},
		{"stop", ITEM_STOP},   {"hold", ITEM_HOLD},	{"release", ITEM_RELEASE},
	};
	const char *word = r->lines.words[0];

	item->line = r->lines.line;
	for (size_t i = 0; i < sizeof(processes) / sizeof(*processes); i++) {
		if (strcmp(word, processes[i].word) == 0)
			return read_process(r, item, processes[i].kind);
	}
	if (strcmp(word, "wait") == 0)
		return read_wait(r, item);
	if (strcmp(word, "remove-object") == 0)
		return read_remove(r, item);
	if (strcmp(word, "damage-object") == 0)
		return read_damage(r, item);
	if (strcmp(word, "copy-metadata") == 0)
		return read_copy(r, item);
	if (strcmp(word, "tgtadm") == 0) {
		item->kind = ITEM_OTHER;
		return true;
	}
	return lines_error(&r->lines, "unexpected `%s'", word);
}

static bool read_inner(struct sequence_reader *r)
{
	struct sequence *s = r->s;
	struct item *step = s->nr_items > 0 ? &s->items[s->nr_items - 1] : NULL;
	struct item *item;

	if (step == NULL || step->kind != ITEM_STEP)
		return lines_error(&r->lines, "an inner line outside of a step");
	item = add_item(&step->inner, &step->nr_inner);
	item->line = r->lines.line;
	if (strcmp(r->lines.words[0], "send") == 0)
		return read_n(r, item, ITEM_SEND);
	if (strcmp(r->lines.words[0], "answer") == 0)
		return read_n(r, item, ITEM_ANSWER);
	return read_action(r, item);
}

static bool read_item(struct sequence_reader *r)
{
	struct sequence *s = r->s;
	const char *word = r->lines.words[0];
	struct item *item;

	if (r->lines.indented)
		return read_inner(r);
	if (strcmp(word, "continues") == 0) {
		if (r->lines.nr_words != 2 || s->continues != NULL || s->nr_items > 0)
			return lines_error(&r->lines, "not one `continues CAPTURE' at the top");
		s->continues = need(strdup(r->lines.words[1]));
		return true;
	}
	item = add_item(&s->items, &s->nr_items);
	item->line = r->lines.line;
	if (strcmp(word, "step") == 0 || strcmp(word, "moment") == 0) {
		item->kind = word[0] == 's' ? ITEM_STEP : ITEM_MOMENT;
		return read_step(r, item);
	}
	return read_action(r, item);
}

bool sequence_read(struct sequence *s, const char *path, char error[400])
{
	struct sequence_reader r = {.s = s};
	const char *slash = strrchr(path, '/');
	bool good;

	*s = (struct sequence){.path = need(strdup(path))};
	s->folder = need(slash != NULL ? strndup(path, (size_t)(slash - path)) : strdup("."));
	good = lines_open(&r.lines, path);
	while (good && lines_next(&r.lines))
		good = r.lines.nr_words == 0 ? read_topology(&r) : read_item(&r);
	memcpy(error, r.lines.error, sizeof(r.lines.error));
	lines_close(&r.lines);
	if (!good)
		sequence_free(s);
	return good;
}

static void items_free(struct item *items, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		items_free(items[i].inner, items[i].nr_inner);
		for (size_t k = 0; k < items[i].nr_files; k++)
			free(items[i].files[k]);
		free(items[i].files);
		free(items[i].name);
		free(items[i].text);
	}
	free(items);
}

void sequence_free(struct sequence *s)
{
	items_free(s->items, s->nr_items);
	free(s->continues);
	free(s->folder);
	free(s->path);
	*s = (struct sequence){0};
}
