#include "placement/hash.h"

#include <string.h>

/* R304: 64-bit FNV-1a */
#define FNV_START 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

uint64_t sd_fnv(const void *buf, size_t len)
{
	const uint8_t *bytes = buf;
	uint64_t h = FNV_START;

	for (size_t i = 0; i < len; i++)
		h = (h ^ bytes[i]) * FNV_PRIME;
	return h;
}

uint64_t sd_hash_mix(uint64_t x, uint64_t s)
{
	for (int shift = 0; shift < 64; shift += 8)
		s = (s ^ (x >> shift & 0xff)) * FNV_PRIME;
	return s;
}

uint64_t sd_hash(const void *buf, size_t len)
{
	uint64_t h = sd_fnv(buf, len);

	return sd_hash_mix(h, h);
}

uint64_t sd_hash_oid(uint64_t oid)
{
	return sd_hash_next(sd_hash_mix(oid, FNV_START));
}

uint64_t sd_hash_next(uint64_t h)
{
	return sd_hash_mix(h, h);
}

uint64_t sd_hash_oid_08(uint64_t oid)
{
	return sd_hash_mix(oid, FNV_START);
}

uint64_t sd_hash_start_08(void)
{
	return FNV_START;
}

uint64_t sd_hash_next_08(uint64_t h, const uint8_t addr[16], uint16_t port)
{
	h = (h ^ (port & 0xff)) * FNV_PRIME;
	h = (h ^ (port >> 8)) * FNV_PRIME;
	for (int i = 15; i >= 0; i--)
		h = (h ^ addr[i]) * FNV_PRIME;
	return h;
}

uint32_t sd_hash_vdi(const char *name)
{
	uint32_t vid = sd_fnv(name, strlen(name)) & 0xffffff;

	return vid ? vid : 1;
}
