/* A small diff: equal ends are cut off, the middle is aligned by the longest common subsequence. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/diff.h"

#define CONTEXT	  3
#define MAX_CELLS (1u << 22) /* of the table for the middle; more than that is not aligned */

static bool same_line(const struct span *a, const struct span *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

/* One line of the result. */
struct change {
	char mark; /* ' ', '-', '+' */
	const struct span *line;
	size_t old; /* how many old lines stand before it */
};

struct changes {
	struct change *list;
	size_t nr;
};

static void add_change(struct changes *c, char mark, const struct span *line, size_t old)
{
	c->list[c->nr++] = (struct change){mark, line, old};
}

/* Aligns two lists without a common beginning: table[i][j] is the longest common subsequence of
 * old[i..] and new[j..]. */
static void align(struct changes *c, const struct span *old, size_t n, size_t skipped,
		  const struct span *new, size_t m)
{
	bool small = (n + 1) * (m + 1) <= MAX_CELLS;
	uint32_t *table = small ? mem_array((n + 1) * (m + 1), sizeof(*table)) : NULL;
	size_t i = 0;
	size_t j = 0;

#define CELL(i, j) table[(i) * (m + 1) + (j)]
	for (size_t a = n; small && a-- > 0;) {
		for (size_t b = m; b-- > 0;) {
			uint32_t down = CELL(a + 1, b);
			uint32_t right = CELL(a, b + 1);

			CELL(a, b) = same_line(&old[a], &new[b]) ? CELL(a + 1, b + 1) + 1
				     : down >= right		 ? down
								 : right;
		}
	}
	while (i < n || j < m) {
		if (small && i < n && j < m && same_line(&old[i], &new[j])) {
			add_change(c, ' ', &old[i], skipped + i);
			i++;
			j++;
		} else if (i < n && (!small || j == m || CELL(i + 1, j) >= CELL(i, j + 1))) {
			add_change(c, '-', &old[i], skipped + i);
			i++;
		} else {
			add_change(c, '+', &new[j], skipped + i);
			j++;
		}
	}
#undef CELL
	free(table);
}

/* Prints the changes with a few lines around each group of them. */
static void print_hunks(struct text *t, const struct changes *c, const char *name,
			unsigned int first)
{
	size_t shown = 0; /* changes before this one are out or left out */

	for (size_t i = 0; i < c->nr; i++) {
		size_t from;
		size_t last = i;

		if (c->list[i].mark == ' ')
			continue;
		for (size_t k = i; k < c->nr && k <= last + 2 * (size_t)CONTEXT; k++) {
			if (c->list[k].mark != ' ')
				last = k;
		}
		from = i > shown + CONTEXT ? i - CONTEXT : shown;
		text_add(t, "@@ %s:%zu @@\n", name, first + c->list[from].old);
		for (shown = from; shown < c->nr && shown <= last + CONTEXT; shown++) {
			text_add(t, "%c", c->list[shown].mark);
			text_addn(t, c->list[shown].line->at, c->list[shown].line->len);
			text_add(t, "\n");
		}
		i = shown - 1;
	}
}

bool diff_lines(struct text *t, const char *name, unsigned int first, const struct span *old,
		size_t nr_old, const struct span *new, size_t nr_new)
{
	struct changes c = {.list = mem_array(nr_old + nr_new + 1, sizeof(struct change))};
	size_t begin = 0;
	size_t end = 0;

	while (begin < nr_old && begin < nr_new && same_line(&old[begin], &new[begin])) {
		add_change(&c, ' ', &old[begin], begin);
		begin++;
	}
	while (end < nr_old - begin && end < nr_new - begin &&
	       same_line(&old[nr_old - end - 1], &new[nr_new - end - 1]))
		end++;
	if (begin == nr_old && begin == nr_new) {
		free(c.list);
		return true;
	}
	/* an empty list may be no list at all */
	align(&c, nr_old > 0 ? old + begin : NULL, nr_old - begin - end, begin,
	      nr_new > 0 ? new + begin : NULL, nr_new - begin - end);
	for (size_t i = nr_old - end; i < nr_old; i++)
		add_change(&c, ' ', &old[i], i);
	print_hunks(t, &c, name, first);
	free(c.list);
	return false;
}

size_t split_lines(const char *text, struct span **lines)
{
	size_t nr = 0;
	const char *end;

	*lines = NULL;
	for (; *text != '\0'; text = *end == '\n' ? end + 1 : end) {
		end = strchrnul(text, '\n');
		*lines = mem_grow(*lines, nr, sizeof(struct span));
		(*lines)[nr++] = (struct span){text, (size_t)(end - text)};
	}
	return nr;
}
