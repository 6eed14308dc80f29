/*
 * Tests of the scenario language: one list a file.
 */
#ifndef TESTS_UNIT_SCENARIO_TESTS_H
#define TESTS_UNIT_SCENARIO_TESTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int values_tests(void);
int parse_tests(void);
int transcript_tests(void);
int help_tests(void);
int language_tests(void);

#endif
