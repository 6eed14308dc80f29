/* Rows of values for programs. */
#include <inttypes.h>
#include <string.h>

#include "scenario/rows.h"

void rows_open(struct run *r, struct rows_scope *outer)
{
	*outer = (struct rows_scope){r->has_rows, r->rows};
	r->has_rows = true;
	memset(&r->rows, 0, sizeof(r->rows));
}

void rows_close(struct run *r, const struct rows_scope *outer, struct text *rows)
{
	*rows = r->rows;
	r->has_rows = outer->has_rows;
	r->rows = outer->rows;
}

/* Adds what stands before a value: a comma, its name. False: nobody wants it. */
static bool begin_value(struct run *r, const char *name)
{
	struct text *t = &r->rows;
	char last = t->len > 0 ? t->data[t->len - 1] : '[';

	if (!r->has_rows)
		return false;
	if (last != '[' && last != '{')
		text_add(t, ",");
	if (name != NULL)
		text_add(t, "\"%s\":", name);
	return true;
}

static void add(struct run *r, const char *mark)
{
	if (r->has_rows)
		text_add(&r->rows, "%s", mark);
}

void row_begin(struct run *r)
{
	if (begin_value(r, NULL))
		add(r, "{");
}

void row_end(struct run *r)
{
	add(r, "}");
}

void row_number(struct run *r, const char *name, uint64_t n)
{
	if (begin_value(r, name))
		text_add(&r->rows, "%" PRIu64, n);
}

void row_flag(struct run *r, const char *name, bool flag)
{
	if (begin_value(r, name))
		add(r, flag ? "true" : "false");
}

void row_text(struct run *r, const char *name, const char *s)
{
	if (!begin_value(r, name))
		return;
	if (s != NULL)
		text_json(&r->rows, s);
	else
		add(r, "null");
}

void row_hex(struct run *r, const char *name, uint64_t n, int digits)
{
	if (begin_value(r, name))
		text_add(&r->rows, "\"%0*" PRIx64 "\"", digits, n);
}

void row_node(struct run *r, const char *name, int node)
{
	if (node >= 0)
		row_number(r, name, (uint64_t)node);
	else
		row_text(r, name, NULL);
}

void row_nodes(struct run *r, const char *name, const int *nodes, int nr)
{
	row_list(r, name);
	for (int i = 0; i < nr; i++)
		row_node(r, NULL, nodes[i]);
	row_list_end(r);
}

void row_bytes(struct run *r, const char *name, const uint8_t *bytes, size_t len)
{
	if (!begin_value(r, name))
		return;
	add(r, "\"");
	for (size_t i = 0; i < len; i++)
		text_add(&r->rows, "%02x", bytes[i]);
	add(r, "\"");
}

void row_of_time(struct run *r)
{
	row_begin(r);
	row_number(r, "time", sheepsim_now(r->sim));
	row_end(r);
}

void row_list(struct run *r, const char *name)
{
	if (begin_value(r, name))
		add(r, "[");
}

void row_list_end(struct run *r)
{
	add(r, "]");
}
