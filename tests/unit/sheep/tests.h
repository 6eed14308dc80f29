/*
 * The tests of sheep, one function a file: runs them and returns how many failed.
 */
#ifndef TESTS_UNIT_SHEEP_TESTS_H
#define TESTS_UNIT_SHEEP_TESTS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

int cluster_ops_tests(void);
int disk_failure_tests(void);
int disks_tests(void);
int ec_tests(void);
int ec_capture_tests(void);
int ec_matrix_tests(void);
int gateway_ec_tests(void);
int gateway_forward_tests(void);
int quirks_tests(void);
int journal_tests(void);
int objects_tests(void);
int queue_tests(void);
int recovery_tests(void);
int recovery_wait_tests(void);
int recovery_list_tests(void);
int recovery_object_tests(void);
int recovery_walk_tests(void);
int recovery_strip_tests(void);
int recovery_done_tests(void);
int vdi_attributes_tests(void);
int vdi_crashes_tests(void);
int vdi_locks_tests(void);
int vdi_names_tests(void);
int vdi_references_tests(void);
int vdi_tables_tests(void);
int vid_set_tests(void);
int versions_tests(void);

#endif
