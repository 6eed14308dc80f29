/*
 * What commands tell programs, besides their lines for people: rows of named values, as JSON
 * objects, which the control socket of live mode hands out. A scenario needs none; these do nothing
 * then.
 *
 *	row_begin(r);
 *	row_number(r, "node", 2);
 *	row_list(r, "members");
 *	row_number(r, NULL, 0);
 *	row_list_end(r);
 *	row_end(r);
 *
 * Values in a list have no names, rows in a list are objects of their own.
 */
#ifndef SHEEPSIM_SCENARIO_ROWS_H
#define SHEEPSIM_SCENARIO_ROWS_H

#include "scenario/run.h"

/* Rows are wanted of what runs until rows_close(), which moves them to rows. outer keeps those of
 * the command that waits meanwhile, if there is one. */
struct rows_scope {
	bool has_rows;
	struct text rows;
};
void rows_open(struct run *r, struct rows_scope *outer);
void rows_close(struct run *r, const struct rows_scope *outer, struct text *rows);

void row_begin(struct run *r);
void row_end(struct run *r);

void row_number(struct run *r, const char *name, uint64_t n);
void row_flag(struct run *r, const char *name, bool flag);
void row_text(struct run *r, const char *name, const char *s); /* NULL: null */

/* More than numbers of JSON hold everywhere: so many hex digits, as a string. */
void row_hex(struct run *r, const char *name, uint64_t n, int digits);

/* A node's index; null for -1, which is none. */
void row_node(struct run *r, const char *name, int node);
void row_nodes(struct run *r, const char *name, const int *nodes, int nr);

/* Bytes, as hex digits. */
void row_bytes(struct run *r, const char *name, const uint8_t *bytes, size_t len);

/* A row of its own: the virtual time, of which a command lets some pass, or which it shows. */
void row_of_time(struct run *r);

void row_list(struct run *r, const char *name);
void row_list_end(struct run *r);

#endif
