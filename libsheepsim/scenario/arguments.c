/* Words of a line, and the parameters that they are. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "scenario/arguments.h"
#include "scenario/command.h"
#include "scenario/names.h"
#include "scenario/values.h"

/* ------------------------------------------------------------------ words */

/* Reads one word from *at (before end) to t; false: quotes or bytes that no word has. */
static bool read_word(const char **at, const char *end, struct text *t, struct complaint *c,
		      unsigned int line, const char *start)
{
	const char *quote = NULL;

	for (; *at < end; (*at)++) {
		unsigned char byte = (unsigned char)**at;
		unsigned int column = (unsigned int)(*at - start) + 1;

		if (quote == NULL && (byte == ' ' || byte == '\t'))
			return true;
		if (byte < 0x20 && byte != '\t')
			return complain(c, line, column, "unexpected byte 0x%02x", byte);
		if (byte == '"') {
			quote = quote == NULL ? *at : NULL;
			continue;
		}
		if (byte == '\\' && quote != NULL && *at + 1 < end)
			byte = (unsigned char)*++*at;
		text_addn(t, (const char *)&byte, 1);
	}
	if (quote != NULL)
		return complain(c, line, (unsigned int)(quote - start) + 1,
				"this quote has no end");
	return true;
}

bool split_words(struct call *call, const struct span *line, struct complaint *c)
{
	const char *at = line->at;
	const char *end = line->at + line->len;

	for (;;) {
		struct text t = {0};
		struct word *w;
		bool good;

		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if (at == end || *at == '#')
			return true;
		call->words = mem_grow(call->words, call->nr_words, sizeof(*call->words));
		w = &call->words[call->nr_words++];
		w->column = (unsigned int)(at - line->at) + 1;
		good = read_word(&at, end, &t, c, call->line, line->at);
		w->text = mem_string(text_get(&t));
		text_free(&t);
		if (!good)
			return false;
	}
}

/* ------------------------------------------------------------------ values */

bool parse_condition(const char *word, struct condition *condition)
{
	size_t n = strcspn(word, "<>=");
	size_t r = strspn(word + n, "<>=");
	static const char *const relations[] = {">=", "<=", "=", "<", ">"};

	if (n == 0 || n >= sizeof(condition->name) || r == 0 || r >= sizeof(condition->relation))
		return false;
	memcpy(condition->name, word, n);
	condition->name[n] = '\0';
	memcpy(condition->relation, word + n, r);
	condition->relation[r] = '\0';
	for (size_t i = 0; i < sizeof(relations) / sizeof(*relations); i++) {
		if (strcmp(relations[i], condition->relation) == 0)
			return parse_count(word + n + r, &condition->number) == NUMBER_OK;
	}
	return false;
}

bool parse_object(const char *word, struct object_name *object)
{
	const char *bracket = strchr(word, '[');
	size_t len = strlen(word);
	size_t name = bracket != NULL ? (size_t)(bracket - word) : len;
	char index[16];
	uint64_t number;

	memset(object, 0, sizeof(*object));
	if (len == 16 && strspn(word, "0123456789abcdef") == 16) {
		object->oid = strtoull(word, NULL, 16);
		return true;
	}
	if (name == 0 || name >= sizeof(object->vdi))
		return false;
	memcpy(object->vdi, word, name);
	if (bracket == NULL)
		return true;
	if (word[len - 1] != ']' || len - name - 2 >= sizeof(index))
		return false;
	memcpy(index, bracket + 1, len - name - 2);
	index[len - name - 2] = '\0';
	if (parse_count(index, &number) != NUMBER_OK || number > UINT32_MAX)
		return false;
	object->has_index = true;
	object->index = (uint32_t)number;
	return true;
}

static bool bad_number(struct complaint *c, unsigned int line, const struct value *v,
		       enum number_fault fault)
{
	if (fault == NUMBER_OK)
		return true;
	return complain(c, line, v->column, "%s: `%s' %s", v->param->name, v->word,
			number_fault_words(fault));
}

/* True if word is one of the choices a|b|c; suggests one of them otherwise. */
static bool is_choice(const char *word, const char *choices, struct complaint *c, unsigned int line,
		      const struct value *v)
{
	char *copy = mem_string(choices);
	struct suggestion s = {.word = word};
	bool found = false;
	char *rest = copy;

	for (char *one = strsep(&rest, "|"); one != NULL; one = strsep(&rest, "|")) {
		found = found || strcmp(one, word) == 0;
		suggest(&s, one);
	}
	if (!found)
		complain(c, line, v->column, "%s: there is no `%s'%s%s%s (known: %s)",
			 v->param->name, word, s.best != NULL ? ", did you mean `" : "",
			 s.best != NULL ? s.best : "", s.best != NULL ? "'?" : "", choices);
	free(copy);
	return found;
}

static bool parse_value(struct value *v, unsigned int line, struct complaint *c)
{
	struct condition condition;
	struct object_name object;
	const char *word = v->word;

	switch (v->param->type) {
	case VALUE_FLAG:
		v->number = 1;
		return true;
	case VALUE_COUNT:
		return bad_number(c, line, v, parse_count(word, &v->number));
	case VALUE_SIZE:
		return bad_number(c, line, v, parse_size(word, &v->number));
	case VALUE_TIME:
		return bad_number(c, line, v, parse_time(word, &v->number));
	case VALUE_NODE:
		if (parse_count(word, &v->number) == NUMBER_OK && v->number <= INT16_MAX)
			return true;
		return complain(c, line, v->column, "%s: `%s' is not the number of a node",
				v->param->name, word);
	case VALUE_WORD:
		return true;
	case VALUE_CHOICE:
		return is_choice(word, v->param->choices, c, line, v);
	case VALUE_MESSAGE:
	case VALUE_EVENT:
	case VALUE_EVENTS:
		return name_check(v->param->type, word, c, line, v->column);
	case VALUE_OBJECT:
		return parse_object(word, &object) ||
		       complain(c, line, v->column,
				"%s: `%s' is no object: NAME[INDEX], NAME (its inode), NAME@TAG, "
				"or 16 hexadecimal digits",
				v->param->name, word);
	case VALUE_CONDITION:
		return parse_condition(word, &condition) ||
		       complain(c, line, v->column, "`%s' is no condition like faults>=1", word);
	case VALUE_FIELD:
		return (word[0] != '=' && strchr(word, '=') != NULL) ||
		       complain(c, line, v->column, "`%s' is no field like epoch=1", word);
	case VALUE_COMMAND:
	case VALUE_ACTION:
		break;
	}
	assert(!"commands within commands are no words");
	return false;
}

/* ------------------------------------------------------------------ parameters */

/* Commands within one another, at most: more say nothing, and would need a deep stack. */
#define DEPTH_MAX 8u

/* What is left of a line's words while they are given to parameters. */
struct words {
	const struct word *word;
	size_t nr;
	unsigned int depth; /* of the command that they are given to: 0 is the line's own */
};

static struct value *add_value(struct call *call, const struct param *p, const char *word,
			       unsigned int column)
{
	struct value *v;

	call->values = mem_grow(call->values, call->nr_values, sizeof(*v));
	v = &call->values[call->nr_values++];
	*v = (struct value){.param = p, .word = word, .column = column};
	return v;
}

static bool given(const struct call *call, const struct param *p)
{
	for (size_t i = 0; i < call->nr_values; i++) {
		if (call->values[i].param == p)
			return true;
	}
	return false;
}

static bool by_place(const struct param *p)
{
	return p->how <= PARAM_ANY;
}

/* The parameter that a word names: key=..., a flag, the first word of a pair. */
static const struct param *named_param(const struct command *command, const char *word)
{
	size_t len = strcspn(word, "=");

	for (const struct param *p = command->params; p->name != NULL; p++) {
		if (by_place(p) || strlen(p->name) != len || strncmp(p->name, word, len) != 0)
			continue;
		if (p->type == VALUE_FLAG || p->how == PARAM_PAIR ? word[len] == '\0'
								  : word[len] == '=')
			return p;
	}
	return NULL;
}

/* The next parameter that a word gets by its place; NULL: there is none. */
static const struct param *placed_param(const struct call *call)
{
	for (const struct param *p = call->command->params; p->name != NULL; p++) {
		if (by_place(p) && (p->how == PARAM_MANY || p->how == PARAM_ANY || !given(call, p)))
			return p;
	}
	return NULL;
}

static bool unknown_word(const struct call *call, const struct word *w, struct complaint *c)
{
	struct suggestion s = {.word = w->text};
	struct text usage = {0};
	char key[64];

	snprintf(key, sizeof(key), "%.*s", (int)strcspn(w->text, "="), w->text);
	s.word = key;
	for (const struct param *p = call->command->params; p->name != NULL; p++) {
		if (!by_place(p))
			suggest(&s, p->name);
	}
	command_usage(call->command, &usage);
	complain(c, call->line, w->column, "%s: unexpected `%.60s'%s%s%s; usage: %s",
		 call->command->name, w->text, s.best != NULL ? ", did you mean `" : "",
		 s.best != NULL ? s.best : "", s.best != NULL ? "'?" : "", text_get(&usage));
	text_free(&usage);
	return false;
}

static bool parse_words(struct call *call, struct words *rest, struct complaint *c);

/* The rest of the line is a command of its own. */
static bool parse_inner(struct call *call, const struct param *p, struct words *rest,
			struct complaint *c)
{
	struct call *inner;

	if (++rest->depth > DEPTH_MAX)
		return complain(c, call->line, rest->word->column,
				"%s: too many commands within one another", call->command->name);
	inner = mem_alloc(sizeof(*inner));
	add_value(call, p, rest->word->text, rest->word->column)->call = inner;
	inner->line = call->line;
	if (!parse_words(inner, rest, c))
		return false;
	return p->type == VALUE_COMMAND || inner->command->instant ||
	       complain(c, call->line, inner->column,
			"%s: `%s' takes time, so it cannot stand here", call->command->name,
			inner->command->name);
}

/* Gives the next word or words to their parameter. */
static bool parse_argument(struct call *call, struct words *rest, struct complaint *c)
{
	const struct word *w = rest->word;
	const struct param *p = named_param(call->command, w->text);
	const char *text = w->text;
	unsigned int column = w->column;

	if (p != NULL && given(call, p))
		return complain(c, call->line, w->column, "%s is given twice", p->name);
	if (p == NULL)
		p = placed_param(call);
	if (p == NULL)
		return unknown_word(call, w, c);
	if (p->type == VALUE_COMMAND || p->type == VALUE_ACTION)
		return parse_inner(call, p, rest, c);
	rest->word++;
	rest->nr--;
	if (p->how == PARAM_PAIR) {
		if (rest->nr == 0)
			return complain(c, call->line, w->column, "%s: what?", p->name);
		text = rest->word->text;
		column = rest->word->column;
		rest->word++;
		rest->nr--;
	} else if (!by_place(p) && p->type != VALUE_FLAG) {
		text += strlen(p->name) + 1;
		column += (unsigned int)strlen(p->name) + 1;
	}
	return parse_value(add_value(call, p, text, column), call->line, c);
}

static bool check_needed(const struct call *call, struct complaint *c)
{
	struct text usage = {0};

	for (const struct param *p = call->command->params; p->name != NULL; p++) {
		if ((p->how != PARAM_NEEDED && p->how != PARAM_MANY &&
		     p->how != PARAM_KEY_NEEDED) ||
		    given(call, p))
			continue;
		command_usage(call->command, &usage);
		complain(c, call->line, call->column, "%s: %s is missing; usage: %s",
			 call->command->name, p->name, text_get(&usage));
		text_free(&usage);
		return false;
	}
	return true;
}

static bool parse_words(struct call *call, struct words *rest, struct complaint *c)
{
	const char *second = rest->nr > 1 ? rest->word[1].text : NULL;
	size_t n;

	call->column = rest->word->column;
	call->command = command_find(rest->word->text, second, &n);
	if (call->command == NULL)
		return command_unknown(c, call->line, call->column, rest->word->text, second);
	rest->word += n;
	rest->nr -= n;
	while (rest->nr > 0) {
		if (!parse_argument(call, rest, c))
			return false;
	}
	return check_needed(call, c);
}

bool parse_call(struct call *call, struct complaint *c)
{
	struct words rest = {call->words, call->nr_words, 0};

	assert(call->nr_words > 0);
	return parse_words(call, &rest, c);
}
