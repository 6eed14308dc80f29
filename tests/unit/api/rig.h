/*
 * What the tests of the API share. Each group of tests runs and returns how many failed.
 */
#ifndef TESTS_UNIT_API_RIG_H
#define TESTS_UNIT_API_RIG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sheepsim/sheepsim.h>
#include <sheepsim/wire/admin.h>
#include <sheepsim/wire/frontend.h>
#include <sheepsim/wire/object.h>

int example_tests(void);
int node_tests(void);
int time_tests(void);
int callback_tests(void);
int client_tests(void);
int vdi_tests(void);
int admin_tests(void);
int event_tests(void);
int disk_tests(void);
int file_tests(void);
int record_tests(void);
int version_tests(void);
int fault_tests(void);
int quirks_tests(void);
int fill_tests(void);
int raw_tests(void);
int check_tests(void);
int kill_tests(void);
int settings_tests(void);
int dialect_tests(void);
int dog_tests(void);

#define MIB (UINT64_C(1) << 20)

/* The call succeeds; its value. Else the test fails with the words of the simulation. */
#define OK(sim, call) rig_ok((sim), (call), #call, __FILE__, __LINE__)
int rig_ok(const struct sheepsim *sim, int result, const char *call, const char *file, int line);

/* The call fails with this error, and words that contain these. */
#define FAILS(sim, error, words, call)                                                             \
	rig_fails((sim), (error), (words), (call), #call, __FILE__, __LINE__)
void rig_fails(const struct sheepsim *sim, int error, const char *words, int result,
	       const char *call, const char *file, int line);

/* n nodes that have joined; formatted with so many copies (0: not). */
struct sheepsim *rig_open(unsigned nodes, unsigned copies);

/* A client of a node, with a new VDI "alpha" of 64 MiB. */
struct sheepsim_client *rig_vm(struct sheepsim *sim, int node);

/* Waits for quiet and checks everything. */
void rig_check(struct sheepsim *sim);
void rig_recover(struct sheepsim *sim);

/* Bytes that differ with the seed and from place to place. */
void rig_fill(void *buf, size_t len, unsigned seed);

/* Writes, and reads back, such bytes. */
void rig_write(struct sheepsim *sim, struct sheepsim_client *vm, uint64_t offset, size_t len,
	       unsigned seed);
void rig_expect(struct sheepsim *sim, struct sheepsim_client *vm, const char *vdi, uint64_t offset,
		size_t len, unsigned seed);

struct sheepsim_node_info rig_info(struct sheepsim *sim, int node);

/* The first node, from the lowest on, that holds the object live; -1: none. */
int rig_holder(struct sheepsim *sim, uint64_t oid);

/* The vid of "alpha". */
uint32_t rig_vid(struct sheepsim *sim, struct sheepsim_client *vm);

#endif
