/* Operations and kinds of events by name. */
#include <string.h>

#include "base/mem.h"
#include "scenario/names.h"
#include "scenario/values.h"
#include "sheepsim/sheepsim.h"

#include <stdlib.h>

bool is_operation(const char *word)
{
	const char *name;

	for (unsigned int i = 0; (name = sheepsim_operation(i, NULL)) != NULL; i++) {
		if (strcmp(name, word) == 0)
			return true;
	}
	return false;
}

bool is_event_kind(const char *word)
{
	const char *name;

	for (unsigned int i = 0; (name = sheepsim_event_kind(i)) != NULL; i++) {
		if (strcmp(name, word) == 0)
			return true;
	}
	return false;
}

static bool unknown_name(const char *what, const struct suggestion *s, struct complaint *c,
			 unsigned int line, unsigned int column)
{
	if (s->best != NULL)
		return complain(c, line, column, "there is no %s `%.60s', did you mean `%s'?", what,
				s->word, s->best);
	return complain(c, line, column, "there is no %s `%.60s'", what, s->word);
}

static bool check_events(const char *word, struct complaint *c, unsigned int line,
			 unsigned int column)
{
	char *copy = mem_string(word);
	char *rest = copy;
	bool good = true;

	for (char *one = strsep(&rest, ","); good && one != NULL; one = strsep(&rest, ",")) {
		struct suggestion s = {.word = one};
		const char *name;

		if (is_event_kind(one))
			continue;
		for (unsigned int i = 0; (name = sheepsim_event_kind(i)) != NULL; i++)
			suggest(&s, name);
		good = unknown_name("kind of event", &s, c, line,
				    column + (unsigned int)(one - copy));
	}
	free(copy);
	return good;
}

bool name_check(enum value_type type, const char *word, struct complaint *c, unsigned int line,
		unsigned int column)
{
	struct suggestion s = {.word = word};
	const char *name;

	if (type == VALUE_EVENTS)
		return check_events(word, c, line, column);
	if (is_operation(word) || (type == VALUE_MESSAGE && strcmp(word, "*") == 0) ||
	    (type == VALUE_EVENT && is_event_kind(word)))
		return true;
	for (unsigned int i = 0; (name = sheepsim_operation(i, NULL)) != NULL; i++)
		suggest(&s, name);
	for (unsigned int i = 0; type == VALUE_EVENT && (name = sheepsim_event_kind(i)) != NULL;
	     i++)
		suggest(&s, name);
	return unknown_name(type == VALUE_EVENT ? "operation or kind of event" : "operation", &s, c,
			    line, column);
}
