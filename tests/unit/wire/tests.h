/*
 * The tests of wire, one function a file: runs them and returns how many failed.
 */
#ifndef TESTS_UNIT_WIRE_TESTS_H
#define TESTS_UNIT_WIRE_TESTS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "wire/records.h"

int ops_tests(void);
int golden_tests(void);
int header_tests(void);
int records_tests(void);
int vdi_records_tests(void);
int validate_tests(void);
int text_tests(void);
int driver_message_tests(void);
int object_tests(void);
int vectors_tests(void);
int shepherd_tests(void);
int shepherd_message_tests(void);
int inode_layout_tests(void);
int validate_answer_tests(void);
int dialect_tests(void);
int dialect_08_tests(void);
int offers_tests(void);
int cluster_event_tests(void);
int older_tests(void);
int older_text_tests(void);
int garbage_tests(void);

/* Bytes of hex digits (blanks allowed) at out; fails the test if there are not len of them. */
void unhex(const char *hex, uint8_t *out, size_t len);

/* A blob of hex digits. */
struct blob *hex_blob(const char *hex);

/* Fails with where and the first byte that differs, if b is not these bytes. */
void assert_blob_bytes(const char *where, const struct blob *b, const void *bytes, size_t len);

/* Fills p with bytes that depend on seed and which alone. */
void fill_random(void *p, size_t len, uint64_t seed, uint64_t which);

#endif
