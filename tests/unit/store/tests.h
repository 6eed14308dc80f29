/*
 * The tests of store, one function a file: runs them and returns how many failed. All are run with
 * each backend (rig.h), but for those of a backend itself.
 */
#ifndef TESTS_UNIT_STORE_TESTS_H
#define TESTS_UNIT_STORE_TESTS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include <sheepsim/wire/object.h>

#include "base/blob.h"
#include "rig.h"
#include "store/store.h"

int accounting_tests(void);
int crash_tests(void);
int database_tests(void);
int disks_tests(void);
int durability_tests(void);
int extents_tests(void);
int names_tests(void);
int store_model_tests(void);
int store_tests(void);

/* A store with one disk of so many bytes. */
static inline struct store *one_disk(uint64_t capacity)
{
	return rig_store(&(struct store_disk_config){"/store/0/obj", capacity}, 1);
}

static inline struct store_key live(uint64_t oid)
{
	return (struct store_key){.oid = oid};
}

static inline struct store_key inode(uint32_t vid)
{
	return live(sd_vid_to_inode_oid(vid));
}

static inline struct store_key stale(uint64_t oid, uint32_t epoch)
{
	return (struct store_key){.oid = oid, .stale_epoch = epoch};
}

static inline struct store_key strip(uint64_t oid, uint8_t ec_index, uint32_t stale_epoch)
{
	return (struct store_key){.oid = oid, .ec_index = ec_index, .stale_epoch = stale_epoch};
}

/* Overwrites a part of an object. SD_RES_*. */
static inline uint32_t write_text(struct store *s, struct store_key k, uint64_t offset,
				  const char *text)
{
	struct blob *b = blob_new(text, strlen(text));
	uint32_t result = store_write(s, k, offset, b);

	blob_unref(b);
	return result;
}

/* The byte of an object at an offset, -1 if there is no such object. */
static inline int byte_at(const struct store *s, struct store_key k, uint64_t offset)
{
	struct blob *b = store_read(s, k, offset, 1);
	uint8_t byte;

	if (!b)
		return -1;
	blob_read(b, 0, &byte, 1);
	blob_unref(b);
	return byte;
}

#endif
