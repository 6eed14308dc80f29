/*
 * The tests of check, one function a file: runs them and returns how many failed. The checks of a
 * whole cluster are tested through the API, where there is one (tests/unit/api/checks.c).
 */
#ifndef TESTS_UNIT_CHECK_TESTS_H
#define TESTS_UNIT_CHECK_TESTS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

int possible_tests(void);
int possible_model_tests(void);
int history_tests(void);
int answer_tests(void);
int cluster_tests(void);
int parity_tests(void);

#endif
