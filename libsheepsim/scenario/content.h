/*
 * What scenarios write: bytes that follow from a seed and from where in the VDI they are, so that
 * any part of it can be compared without remembering it.
 */
#ifndef SHEEPSIM_SCENARIO_CONTENT_H
#define SHEEPSIM_SCENARIO_CONTENT_H

#include <stddef.h>
#include <stdint.h>

/* The most that one command reads or writes. */
#define CONTENT_MAX (UINT64_C(256) << 20)

/* Fills buf with the bytes that the seed has at offset. */
void content_fill(uint64_t seed, uint64_t offset, uint8_t *buf, size_t len);

/* Where buf first differs from that: 0 .. len - 1; len: nowhere. */
size_t content_compare(uint64_t seed, uint64_t offset, const uint8_t *buf, size_t len);

/* Where the first byte is that is not zero; len: nowhere. */
size_t content_zero(const uint8_t *buf, size_t len);

/* A number to compare contents by. */
uint64_t content_digest(const uint8_t *buf, size_t len);

#endif
