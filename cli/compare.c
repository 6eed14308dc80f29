/* Comparing answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "files.h"

#define MAX_SHOWN 12 /* fields of one answer */

bool answers_equal(const struct masks *masks, const char *step, const uint8_t request[48],
		   struct answer *captured, struct answer *got)
{
	masks_apply(masks, step, request, captured->head, captured->payload, captured->len);
	masks_apply(masks, step, request, got->head, got->payload, got->len);
	return memcmp(captured->head, got->head, sizeof(got->head)) == 0 &&
	       captured->len == got->len &&
	       (got->len == 0 || memcmp(captured->payload, got->payload, got->len) == 0);
}

/* The fields of an answer, in order. */
struct fields {
	char **names, **values;
	size_t nr;
};

static void add_field(void *arg, const struct sheepsim_field *f)
{
	struct fields *list = arg;

	if ((list->nr & (list->nr - 1)) == 0) {
		size_t n = list->nr == 0 ? 1 : list->nr * 2;

		list->names = need(realloc(list->names, n * sizeof(char *)));
		list->values = need(realloc(list->values, n * sizeof(char *)));
	}
	list->names[list->nr] = need(strdup(f->name));
	list->values[list->nr++] = need(strdup(f->value));
}

static void fields_free(struct fields *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		free(list->names[i]);
		free(list->values[i]);
	}
	free(list->names);
	free(list->values);
}

/* Prints the fields that differ. */
static void show_fields(const struct fields *a, const struct fields *b)
{
	size_t shown = 0;

	for (size_t i = 0; i < a->nr || i < b->nr; i++) {
		const char *name = i < a->nr ? a->names[i] : b->names[i];
		const char *x = i < a->nr ? a->values[i] : "(none)";
		const char *y = i < b->nr ? b->values[i] : "(none)";

		if (i < a->nr && i < b->nr && strcmp(a->names[i], b->names[i]) == 0 &&
		    strcmp(x, y) == 0)
			continue;
		if (shown++ < MAX_SHOWN)
			printf("      %-20s captured %s, got %s\n", name, x, y);
	}
	if (shown > MAX_SHOWN)
		printf("      ... and %zu more fields\n", shown - MAX_SHOWN);
}

static void show_bytes(const char *what, const uint8_t *bytes, size_t from, size_t len)
{
	printf("      %s", what);
	for (size_t i = from; i < from + 16 && i < len; i++)
		printf(" %02x", bytes[i]);
	printf("\n");
}

/* Prints the first bytes that differ, if the fields do not show it. */
static void show_difference(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	size_t len = a_len < b_len ? a_len : b_len;
	size_t at = 0;

	if (a_len != b_len)
		printf("      %-20s captured %zu bytes, got %zu\n", "payload", a_len, b_len);
	while (at < len && a[at] == b[at])
		at++;
	if (at == len)
		return;
	printf("      payload differs from byte %zu on:\n", at);
	show_bytes("captured", a, at, a_len);
	show_bytes("got     ", b, at, b_len);
}

static void get_fields(const uint8_t *request, const struct answer *message, struct fields *list)
{
	if (request == NULL)
		sheepsim_message_fields(message->head, NULL, message->payload, message->len,
					add_field, list);
	else
		sheepsim_message_fields(request, message->head, message->payload, message->len,
					add_field, list);
}

void answers_explain(const uint8_t *request, const struct answer *captured,
		     const struct answer *got)
{
	struct fields a = {0};
	struct fields b = {0};

	get_fields(request, captured, &a);
	get_fields(request, got, &b);
	show_fields(&a, &b);
	show_difference(captured->payload, captured->len, got->payload, got->len);
	fields_free(&a);
	fields_free(&b);
}

void structures_explain(enum sheepsim_structure what, const uint8_t *captured, size_t captured_len,
			const uint8_t *got, size_t got_len)
{
	struct fields a = {0};
	struct fields b = {0};

	sheepsim_structure_fields(what, NULL, captured, captured_len, add_field, &a, NULL);
	sheepsim_structure_fields(what, NULL, got, got_len, add_field, &b, NULL);
	show_fields(&a, &b);
	show_difference(captured, captured_len, got, got_len);
	fields_free(&a);
	fields_free(&b);
}
