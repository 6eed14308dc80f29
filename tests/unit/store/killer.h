/*
 * Kills the process at its n-th write to a SQLite file: a shim between SQLite and the operating
 * system, for a child process that is to be killed.
 */
#ifndef TESTS_UNIT_STORE_KILLER_H
#define TESTS_UNIT_STORE_KILLER_H

#include <stdint.h>

/*
 * From now on databases are written through the shim. Writes, cuts and removals of files count from
 * 1; the n-th one (0: none) does not take place: the process is killed. Nothing is waited for:
 * what a killed process has written is there.
 */
void killer_arm(uint64_t n);

#endif
