/*
 * Records as text for people, and as JSON for programs: one line each, in text more of them with
 * fields and complaints.
 */
#ifndef SHEEPSIM_CLI_DECODE_SHOW_H
#define SHEEPSIM_CLI_DECODE_SHOW_H

#include "decode/book.h"

/* One way to show records. */
struct show {
	void (*input)(FILE *out, const char *name);		  /* of several */
	void (*day)(FILE *out, struct book *book, uint64_t time); /* before what was at a time */
	void (*talk)(FILE *out, const struct book *book, const struct talk_info *talk);
	void (*said)(FILE *out, struct book *book, const struct said *said);
	void (*skipped)(FILE *out, struct book *book, const struct skipped *skipped);
	void (*closed)(FILE *out, const struct book *book, const struct talk_info *talk, char by);
	void (*unanswered)(FILE *out, struct book *book, const struct question *question);
	void (*end)(FILE *out, const struct book *book);
};

extern const struct show show_text;
extern const struct show show_json;

/* What a payload without a known structure is, in numbers. */
#define MAX_RANGES 64
struct data_summary {
	uint64_t len;
	char sha1[41];
	struct {
		uint64_t first, last;
	} nonzero[MAX_RANGES]; /* runs of zeros up to 32 bytes do not divide them */
	size_t nr_nonzero;
	bool more; /* there are more of them */
};

void summarise_data(const uint8_t *bytes, size_t len, struct data_summary *summary);

/* A message to or from a sheep, as the library takes it. */
struct sheepsim_captured;
struct sheepsim_captured said_captured(const struct said *said);

/* Calls fn for the fields of a message; those of the payload begin at head_len. */
struct sheepsim_field;
void said_fields(const struct said *said, void (*fn)(void *arg, const struct sheepsim_field *f),
		 void *arg);

/* Is this the field of a payload that has no known structure? */
bool is_data_field(const char *name);

/* What one line says of a message: its operation (in line[]), and the rest (returned). */
#define LINE_MAX_LEN 600
const char *said_line(const struct said *said, char line[LINE_MAX_LEN]);

/* "request", "answer", ... */
const char *said_kind_name(enum said_kind kind);

#endif
