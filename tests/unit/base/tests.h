/*
 * The tests of base, one function a file: runs them and returns how many failed.
 */
#ifndef TESTS_UNIT_BASE_TESTS_H
#define TESTS_UNIT_BASE_TESTS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

int blob_tests(void);
int blob_model_tests(void);
int mem_tests(void);
int pool_tests(void);
int random_tests(void);
int text_tests(void);

#endif
