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

/*
 * Up to 0.7 (versions.md 4.6): an object's hash is plain FNV-1a; the hashes of a node's vnodes are
 * those of its port and of the bytes of its address, last to first, each going on from the one
 * before; the first goes on from sd_hash_start_08().
 */
uint64_t sd_hash_oid_08(uint64_t oid);
uint64_t sd_hash_start_08(void);
uint64_t sd_hash_next_08(uint64_t h, const uint8_t addr[16], uint16_t port);

/* The home vid of a name: low 24 bits of fnv; 0 becomes 1 (R610). */
uint32_t sd_hash_vdi(const char *name);

#endif
