/*
 * Little-endian integers at any address: for tables without a structure, and for hashes, which are
 * the same with either byte order. The structures of the wire have sd_le16/32/64 instead.
 */
#ifndef SHEEPSIM_BASE_INTEGERS_H
#define SHEEPSIM_BASE_INTEGERS_H

#include <string.h>

#include <sheepsim/wire/types.h>

static inline uint16_t get_le16(const void *p)
{
	sd_le16 v;

	memcpy(&v, p, sizeof(v));
	return sd_le16_to_cpu(v);
}

static inline uint32_t get_le32(const void *p)
{
	sd_le32 v;

	memcpy(&v, p, sizeof(v));
	return sd_le32_to_cpu(v);
}

static inline uint64_t get_le64(const void *p)
{
	sd_le64 v;

	memcpy(&v, p, sizeof(v));
	return sd_le64_to_cpu(v);
}

static inline void put_le16(void *p, uint16_t v)
{
	sd_le16 le = sd_cpu_to_le16(v);

	memcpy(p, &le, sizeof(le));
}

static inline void put_le32(void *p, uint32_t v)
{
	sd_le32 le = sd_cpu_to_le32(v);

	memcpy(p, &le, sizeof(le));
}

static inline void put_le64(void *p, uint64_t v)
{
	sd_le64 le = sd_cpu_to_le64(v);

	memcpy(p, &le, sizeof(le));
}

#endif
