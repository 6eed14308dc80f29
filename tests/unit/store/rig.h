/*
 * Stores of the backend that the tests are run with: `test_store' in memory, `test_store sqlite' in
 * a database of its own, which is gone afterwards. Tests are the same for both.
 */
#ifndef TESTS_UNIT_STORE_RIG_H
#define TESTS_UNIT_STORE_RIG_H

#include "store/store.h"

/* Begins and ends; the database is in a directory of its own. */
void rig_open(bool sqlite);
void rig_close(void);

bool rig_is_sqlite(void);

/* A new store. store_close() is the caller's. */
struct store *rig_store(const struct store_disk_config *disks, uint32_t nr);

/* All that the store has, in another one. */
struct store *rig_copy(const struct store *s);

/*
 * The store after the process has ended and begun again, in the place of s. In a database: synced,
 * closed and opened again. No other store may be open.
 */
struct store *rig_restart(struct store *s);

/* The path of a file in the rig's directory; valid until the next call. */
const char *rig_path(const char *name);

#endif
