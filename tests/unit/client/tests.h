/*
 * The tests of client, one function a file: runs them and returns how many failed.
 */
#ifndef TESTS_UNIT_CLIENT_TESTS_H
#define TESTS_UNIT_CLIENT_TESTS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

int session_tests(void);
int dog_tests(void);
int vdi_tests(void);
int io_tests(void);
int dialect_tests(void);

#endif
