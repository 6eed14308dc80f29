/*
 * What messages and other structures are told with, for message_api.c and structures_api.c.
 */
#ifndef SHEEPSIM_API_CAPTURED_H
#define SHEEPSIM_API_CAPTURED_H

#include "sheepsim/sheepsim.h"
#include "wire/traffic.h"

/* Where fields go. */
struct telling {
	void (*fn)(void *arg, const struct sheepsim_field *f);
	void *arg;
	uint64_t base; /* of the offsets */
};

/* A wire_field_fn; arg: struct telling. */
void captured_tell_field(void *arg, const char *name, uint64_t offset, uint64_t len,
			 const char *value);

/* SHEEPSIM_E_MALFORMED, with the words of a check and its place in *offset (may be NULL). */
int captured_malformed(const struct wire_error *err, uint64_t *offset);

/* Checks a request; too little room for the answer is no fault of its bytes. */
int captured_request_check(enum dialect d, const struct req *q, const struct blob *payload,
			   struct wire_error *err);

#endif
