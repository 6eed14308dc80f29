/* dog's own command lines. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/commands_dog.h"
#include "scenario/content.h"
#include "scenario/rows.h"
#include "scenario/values.h"

#define TEXT_SHOWN 200u /* bytes of data that are shown as they are, if they are text */

/* What a command has written, for another one to read. */
struct kept_data {
	char *name;
	uint8_t *bytes;
	size_t len;
	STAILQ_ENTRY(kept_data) link;
};

/* ------------------------------------------------------------------ data that is kept */

static struct kept_data *find(struct run *r, const char *name)
{
	struct kept_data *k;

	STAILQ_FOREACH (k, &r->dog_data, link) {
		if (strcmp(k->name, name) == 0)
			break;
	}
	return k;
}

static void keep(struct run *r, const char *name, const struct sheepsim_dog_end *end)
{
	struct kept_data *k = find(r, name);

	if (k == NULL) {
		k = mem_alloc(sizeof(*k));
		k->name = mem_string(name);
		STAILQ_INSERT_TAIL(&r->dog_data, k, link);
	}
	free(k->bytes);
	k->bytes = mem_alloc(end->len > 0 ? end->len : 1);
	k->len = end->len;
	if (end->len > 0)
		memcpy(k->bytes, end->data, end->len);
}

void dog_data_free(struct run *r)
{
	struct kept_data *k;

	while ((k = STAILQ_FIRST(&r->dog_data)) != NULL) {
		STAILQ_REMOVE_HEAD(&r->dog_data, link);
		free(k->name);
		free(k->bytes);
		free(k);
	}
}

/* ------------------------------------------------------------------ the command line */

static const struct param dog_params[] = {
	{"WORD", VALUE_WORD, PARAM_MANY, NULL},
	{"via", VALUE_NODE, PARAM_KEY, NULL},
	{"seed", VALUE_COUNT, PARAM_KEY, NULL},
	{"input", VALUE_WORD, PARAM_KEY, NULL},
	{"use", VALUE_WORD, PARAM_KEY, NULL},
	{"keep", VALUE_WORD, PARAM_KEY, NULL},
	PARAMS_END,
};

struct line {
	const char **words;
	size_t nr;
	uint64_t offset, len; /* of vdi read and write with a seed */
	uint8_t *made;	      /* input that was made for it */
};

static void take_words(const struct call *call, struct line *l)
{
	l->words = mem_array(call->nr_values + 1, sizeof(*l->words));
	for (size_t i = 0; i < call->nr_values; i++) {
		if (strcmp(call->values[i].param->name, "WORD") == 0)
			l->words[l->nr++] = call->values[i].word;
	}
}

/* The range that `vdi read NAME OFFSET LENGTH' and `vdi write' name. */
static int take_range(struct run *r, struct line *l)
{
	if (l->nr < 5 || strcmp(l->words[0], "vdi") != 0 ||
	    (strcmp(l->words[1], "read") != 0 && strcmp(l->words[1], "write") != 0) ||
	    parse_size(l->words[3], &l->offset) != NUMBER_OK ||
	    parse_size(l->words[4], &l->len) != NUMBER_OK)
		return fail(r, SHEEPSIM_E_SCENARIO,
			    "a seed is for `vdi read NAME OFFSET LENGTH' and `vdi write' likewise");
	if (l->len == 0 || l->len > CONTENT_MAX)
		return fail(r, SHEEPSIM_E_SCENARIO, "LENGTH is 1 to %" PRIu64 " MiB",
			    CONTENT_MAX >> 20);
	return 0;
}

static int take_input(struct run *r, const struct call *call, struct line *l,
		      struct sheepsim_dog *dog)
{
	const char *use = call_word(call, "use", NULL), *text = call_word(call, "input", NULL);
	const struct kept_data *k = use != NULL ? find(r, use) : NULL;
	int error = 0;

	if (use != NULL && k == NULL)
		return fail(r, SHEEPSIM_E_NOT_FOUND, "nothing is kept as `%s'", use);
	if (k != NULL) {
		dog->input = k->bytes;
		dog->input_len = k->len;
	} else if (text != NULL) {
		dog->input = text;
		dog->input_len = strlen(text);
	} else if (call_has(call, "seed")) {
		error = take_range(r, l);
		if (error < 0 || strcmp(l->words[1], "read") == 0)
			return error;
		l->made = mem_alloc(l->len);
		content_fill(call_number(call, "seed", 0), l->offset, l->made, l->len);
		dog->input = l->made;
		dog->input_len = l->len;
	}
	return 0;
}

/* ------------------------------------------------------------------ what it says */

static bool is_text(const uint8_t *bytes, size_t len)
{
	size_t i = 0;

	while (i < len && (bytes[i] >= 0x20 || bytes[i] == '\n') && bytes[i] < 0x7f)
		i++;
	return i == len && len <= TEXT_SHOWN;
}

static int say_data(struct run *r, const struct call *call, const struct line *l,
		    const struct sheepsim_dog_end *end)
{
	struct text size = {0};
	uint64_t seed = call_number(call, "seed", 0);
	bool compare = call_has(call, "seed") && strcmp(l->words[1], "read") == 0;
	size_t at = compare ? content_compare(seed, l->offset, end->data, end->len) : end->len;

	if (at < end->len)
		return fail(r, SHEEPSIM_E_VIOLATION,
			    "what was read differs from what it should be at offset %" PRIu64,
			    l->offset + at);
	text_size(&size, end->len);
	if (compare)
		say(r, "%s: as written", text_get(&size));
	else if (is_text(end->data, end->len))
		say(r, "%.*s", (int)end->len, (const char *)end->data);
	else if (content_zero(end->data, end->len) == end->len)
		say(r, "%s: zeros", text_get(&size));
	else
		say(r, "%s: digest %016" PRIx64, text_get(&size),
		    content_digest(end->data, end->len));
	text_free(&size);
	return 0;
}

static int say_end(struct run *r, const struct call *call, const struct line *l,
		   const struct sheepsim_dog_end *end)
{
	const char *name = call_word(call, "keep", NULL);
	int error = 0;

	say(r, "%s", end->output);
	row_begin(r);
	row_number(r, "status", (uint64_t)end->status);
	row_text(r, "text", end->output);
	if (end->data != NULL && r->has_rows) {
		row_number(r, "bytes", end->len);
		row_hex(r, "digest", content_digest(end->data, end->len), 16);
	}
	row_end(r);
	if (name != NULL)
		keep(r, name, end);
	else if (end->data != NULL)
		error = say_data(r, call, l, end);
	if (end->status != 0)
		say(r, "exit status %d", end->status);
	return error;
}

static int run_dog(struct run *r, const struct call *call)
{
	struct sheepsim_dog dog = {.node = call_node(call, "via", -1)};
	struct sheepsim_dog_end end;
	struct line l = {0};
	int error;

	take_words(call, &l);
	dog.words = l.words;
	dog.nr_words = l.nr;
	error = take_input(r, call, &l, &dog);
	if (error >= 0)
		error = sheepsim_dog(r->sim, &dog, &end);
	if (error >= 0)
		error = say_end(r, call, &l, &end);
	free(l.words);
	free(l.made);
	return error;
}

/* ------------------------------------------------------------------ which there are */

static const struct param no_params[] = {PARAMS_END};

static void say_command(struct run *r, const char *words, const char *usage, const char *about)
{
	say(r, "dog %s%s%s: %s", words, *usage ? " " : "", usage, about);
	row_begin(r);
	row_text(r, "command", words);
	row_text(r, "usage", usage);
	row_text(r, "about", about);
	row_end(r);
}

static int run_commands(struct run *r, const struct call *call)
{
	const char *words, *usage, *about;

	(void)call;
	for (unsigned int i = 0; (words = sheepsim_dog_command(i, &usage, &about)) != NULL; i++)
		say_command(r, words, usage, about);
	return 0;
}

const struct command dog_commands[] = {
	{"dog", "runs a command line of dog, sheepdog's tool",
	 "It sends what dog sends, in its order, and says what dog says, then its exit status if "
	 "that is not 0. The command line is dog's own: `dog vdi create alpha 16M -c 2'; `show "
	 "dog' lists what there is. It asks node via, or the lowest member, or what -a and -p say; "
	 "that need not run. Its input is a text (\"yes\" where it asks for it), or what another "
	 "one has written (use=NAME after keep=NAME: for backup and restore), or for `vdi write "
	 "NAME OFFSET LENGTH' the bytes that `write' writes with that seed, with which `vdi read' "
	 "compares. VMs hear nothing of what it does; objects of VDIs that it makes have names "
	 "when `vdi show' or `vdi list' has shown them.",
	 dog_params, false, run_dog},
	{"show dog", "lists the command lines of dog", "", no_params, true, run_commands},
	{NULL, NULL, NULL, NULL, false, NULL},
};
