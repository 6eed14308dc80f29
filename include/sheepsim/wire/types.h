/** @file
 * Little-endian integers as they stand on the wire, in types that sparse can check.
 *
 * All integers of sheepdog's protocols are little-endian (sheepdog itself writes the byte order of
 * its host, and every host that matters is x86). A field of such a type is never used as a number:
 * it goes through one of the conversions below, on big-endian hosts too. Under sparse
 * (__CHECKER__) the types are "bitwise", so a forgotten conversion is a warning there; to a
 * compiler they are plain integers.
 *
 * These headers need nothing of sheepsim, and work in C from C11 on and in C++ from C++11 on:
 * headers have unions without names.
 */
#ifndef SHEEPSIM_WIRE_TYPES_H
#define SHEEPSIM_WIRE_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __CHECKER__
/** Makes a type of its own of an integer, for sparse. */
#define SD_BITWISE __attribute__((bitwise))
/** Tells sparse that a conversion is meant. */
#define SD_FORCE __attribute__((force))
#else
#define SD_BITWISE
#define SD_FORCE
#endif

/** An unsigned 16-bit integer on the wire. */
typedef uint16_t SD_BITWISE sd_le16;
/** An unsigned 32-bit integer on the wire; signed ones use it too, in two's complement. */
typedef uint32_t SD_BITWISE sd_le32;
/** An unsigned 64-bit integer on the wire. */
typedef uint64_t SD_BITWISE sd_le64;

/** @cond */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define SD_SWAP16(v) __builtin_bswap16(v)
#define SD_SWAP32(v) __builtin_bswap32(v)
#define SD_SWAP64(v) __builtin_bswap64(v)
#else
#define SD_SWAP16(v) (v)
#define SD_SWAP32(v) (v)
#define SD_SWAP64(v) (v)
#endif
/** @endcond */

/** A number as it stands on the wire. */
static inline sd_le16 sd_cpu_to_le16(uint16_t v)
{
	return (SD_FORCE sd_le16)SD_SWAP16(v);
}

/** A number as it stands on the wire. */
static inline sd_le32 sd_cpu_to_le32(uint32_t v)
{
	return (SD_FORCE sd_le32)SD_SWAP32(v);
}

/** A number as it stands on the wire. */
static inline sd_le64 sd_cpu_to_le64(uint64_t v)
{
	return (SD_FORCE sd_le64)SD_SWAP64(v);
}

/** A number from the wire. */
static inline uint16_t sd_le16_to_cpu(sd_le16 v)
{
	return SD_SWAP16((SD_FORCE uint16_t)v);
}

/** A number from the wire. */
static inline uint32_t sd_le32_to_cpu(sd_le32 v)
{
	return SD_SWAP32((SD_FORCE uint32_t)v);
}

/** A number from the wire. */
static inline uint64_t sd_le64_to_cpu(sd_le64 v)
{
	return SD_SWAP64((SD_FORCE uint64_t)v);
}

#endif
