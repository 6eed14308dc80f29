/*
 * Runs `sheepsim decode` in the process of the test, and gives what it has said; and the messages
 * that tests let captures have.
 */
#ifndef TESTS_UNIT_DECODE_RIG_H
#define TESTS_UNIT_DECODE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tape.h"

/* 2023-11-14 22:13:20 UTC */
#define EPOCH UINT64_C(1700000000000000000)
#define US    UINT64_C(1000)
#define MS    UINT64_C(1000000)

struct outcome {
	int code;
	char *out;
	char error[600];
};

/* Runs it with these words (separated by blanks) and these bytes as a file, its last argument. */
struct outcome decode_bytes(const char *words, const void *bytes, size_t len);
struct outcome decode_text(const char *words, const char *text);
/* As a file of this tape. */
struct outcome decode_tape(const char *words, const struct tape *tape);
/* With words alone; `input` (may be NULL) comes on standard input, through a pipe. */
struct outcome decode_input(const char *words, const void *input, size_t len);

void outcome_free(struct outcome *o);

/* Fails with both texts if they differ. */
void assert_out(const struct outcome *o, int code, const char *expected);
void assert_has(const struct outcome *o, const char *words);
void assert_lacks(const struct outcome *o, const char *words);

/* How often a word is in the output. */
size_t count_of(const struct outcome *o, const char *words);

/* ------------------------------------------------------------------ messages */

#define NAMES 512

/* Headers of a small conversation; bytes of payload are the caller's. */
extern const uint8_t get_vdi_info[48], vdi_info[48]; /* with NAMES bytes; answer with vdi_id */
extern const uint8_t write_obj[48], written[48];     /* id 7, with 4096 bytes */
extern const uint8_t read_obj[48], no_obj[48];	     /* id 8; answered with NO_OBJ */
extern const uint8_t read_again[48];		     /* id 9 */

/* That conversation, opened and closed: GET_VDI_INFO, WRITE_OBJ and READ_OBJ with their answers,
 * and a READ_OBJ without one; segments of at most `size` bytes. */
void say_example(struct tape *t, size_t size);

/* A header and zeros for its payload. */
uint8_t *message(const uint8_t head[48], size_t payload, size_t *len);

int packets_tests(void);
int streams_tests(void);
int late_tests(void);
int older_tests(void);
int drivers_tests(void);
int text_tests(void);
int hex_tests(void);
int filter_tests(void);
int captured_tests(void);
int garbage_tests(void);

#endif
