/*
 * The hash functions of spec 3.2 (R304).
 */
#ifndef SHEEPSIM_PLACEMENT_HASH_H
#define SHEEPSIM_PLACEMENT_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Plain 64-bit FNV-1a. */
uint64_t sd_fnv(const void *buf, size_t len);

/* FNV-1a over the 8 little-endian bytes of x, from state s. */
uint64_t sd_hash_mix(uint64_t x, uint64_t s);

/* h = fnv(buf); mix(h, h). */
uint64_t sd_hash(const void *buf, size_t len);

uint64_t sd_hash_oid(uint64_t oid);
uint64_t sd_hash_next(uint64_t h);

/* The home vid of a name: low 24 bits of fnv; 0 becomes 1 (R610). */
uint32_t sd_hash_vdi(const char *name);

#endif
