/*
 * The tests of placement, one function a file: runs them and returns how many failed.
 */
#ifndef TESTS_UNIT_PLACEMENT_TESTS_H
#define TESTS_UNIT_PLACEMENT_TESTS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "placement/members.h"

int commons_tests(void);
int hash_tests(void);
int members_tests(void);
int older_tests(void);
int ring_tests(void);
int vector_tests(void);
int view_tests(void);

/* A record with an IPv4 address (its four bytes as one number, 0x0a000001 is 10.0.0.1). */
struct node_rec node(uint32_t ipv4, uint16_t port, uint16_t nr_vnodes, uint32_t zone,
		     uint64_t space);

#endif
