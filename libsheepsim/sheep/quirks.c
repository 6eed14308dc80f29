/* The catalogue of quirks, and texts that choose of it: see quirks.h. */
#include "sheep/quirks.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define BETWEEN ", \t"

static const struct quirk_info infos[NR_QUIRKS] = {
#define X(constant, name, usual, cites, words) {name, usual, cites, words},
	QUIRKS(X)
#undef X
};

const struct quirks quirks_usual = {{
#define X(constant, name, usual, cites, words) usual,
	QUIRKS(X)
#undef X
}};

const struct quirk_info *quirk_info(enum quirk q)
{
	assert((int)q >= 0 && q < NR_QUIRKS);
	return &infos[q];
}

static bool is_word(const char *word, size_t len, const char *known)
{
	return strlen(known) == len && memcmp(word, known, len) == 0;
}

/* One word of a list; false: it is none. */
static bool change(struct quirks *q, const char *word, size_t len)
{
	bool off = word[0] == '-';

	if (is_word(word, len, "upstream")) {
		*q = quirks_usual;
		return true;
	}
	if (is_word(word, len, "repaired")) {
		memset(q->on, false, sizeof(q->on));
		return true;
	}
	for (int i = 0; i < NR_QUIRKS; i++) {
		if (is_word(word + off, len - off, infos[i].name)) {
			q->on[i] = !off;
			return true;
		}
	}
	return false;
}

bool quirks_change(struct quirks *q, const char *words, char *why, size_t len)
{
	struct quirks changed = *q;

	for (words += strspn(words, BETWEEN); *words; words += strspn(words, BETWEEN)) {
		size_t word = strcspn(words, BETWEEN);

		if (!change(&changed, words, word)) {
			snprintf(why, len,
				 "there is no quirk \"%.*s\", and no profile (`sheepsim quirks' "
				 "lists them)",
				 (int)(word < 60 ? word : 60), words);
			return false;
		}
		words += word;
	}
	*q = changed;
	return true;
}

void quirks_words(const struct quirks *q, struct text *t)
{
	text_add(t, "upstream");
	for (int i = 0; i < NR_QUIRKS; i++) {
		if (q->on[i] != infos[i].usual)
			text_add(t, " %s%s", q->on[i] ? "" : "-", infos[i].name);
	}
}
