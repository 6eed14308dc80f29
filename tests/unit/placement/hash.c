/*
 * Vectors of spec 3.2, 3.4 and 3.7, made with the functions of sheepdog (R304, R305).
 */
#include "tests.h"
#include "placement/hash.h"

#include <string.h>

static void fnv_and_sd_hash_match_sheepdog(void **state)
{
	static const struct {
		const char *in;
		uint64_t fnv;
		uint64_t hash;
	} vectors[] = {
		{"", 0xcbf29ce484222325u, 0xf4ed18ebf16aa5ccu},
		{"a", 0xaf63dc4c8601ec8cu, 0x35f3448388db68d5u},
		{"sheepdog", 0x13bf55c45f3807beu, 0xeec3a470eebb0485u},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		size_t len = strlen(vectors[i].in);

		assert_int_equal(sd_fnv(vectors[i].in, len), vectors[i].fnv);
		assert_int_equal(sd_hash(vectors[i].in, len), vectors[i].hash);
	}
}

/* R304 */
static void hashes_of_oids_match_sheepdog(void **state)
{
	static const struct {
		uint64_t oid;
		uint64_t fnv;
		uint64_t hash;
		uint64_t next;
	} vectors[] = {
		{0, 0xa8c7f832281a39c5u, 0xcb720bf58a2c29ecu, 0x48ae8ded50edc89eu},
		{1, 0x89cd31291d2aefa4u, 0x695a27070a16e038u, 0x572de98eb5dc467fu},
		{0x100000000u, 0x08cd4c29d1e47d34u, 0xf27b40bf0478ff08u, 0xab5519ddbcd1a697u},
		{0x007c2b2500000000u, 0xd471ebfd4bfb5265u, 0x387358f0fb5c1275u,
		 0xca03b5370a9080f4u},
		{0x807c2b2500000000u, 0xd4716bfd4bfa78e5u, 0x8b4b18c243befa1au,
		 0xff95bc16173dea11u},
		{UINT64_MAX, 0x8cf51a8bfca3883du, 0xd971df0e40567443u, 0x46c082ef76c4f0f3u},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		uint8_t bytes[8];

		put_le64(bytes, vectors[i].oid);
		assert_int_equal(sd_fnv(bytes, 8), vectors[i].fnv);
		assert_int_equal(sd_hash(bytes, 8), vectors[i].hash);
		assert_int_equal(sd_hash_oid(vectors[i].oid), vectors[i].hash);
		assert_int_equal(sd_hash_next(vectors[i].hash), vectors[i].next);
		assert_int_equal(sd_hash_mix(vectors[i].hash, vectors[i].hash), vectors[i].next);
	}
}

static void home_vids_of_names_match_sheepdog(void **state)
{
	(void)state;
	assert_int_equal(sd_hash_vdi(""), 0x222325);
	assert_int_equal(sd_hash_vdi("a"), 0x01ec8c);
	assert_int_equal(sd_hash_vdi("test"), 0x7c2b25);
	assert_int_equal(sd_hash_vdi("alice"), 0xa03907);
	assert_int_equal(sd_hash_vdi("bob"), 0x4a0a54);
	assert_int_equal(sd_hash_vdi("vdi0"), 0x85ba7e);
	assert_int_equal(sd_hash_vdi("linux.img"), 0xe1f3f0);
}

/* R610: no VDI has vid 0. The name was found by search: its low 24 bits are 0. */
static void a_name_that_hashes_to_zero_starts_at_vid_1(void **state)
{
	const char *name = "vdi16677191";

	(void)state;
	assert_int_equal(sd_fnv(name, strlen(name)) & 0xffffff, 0);
	assert_int_equal(sd_hash_vdi(name), 1);
}

/* 3.3: the attribute id is the plain FNV-1a over all of the fields with their padding. */
static void the_hash_of_an_attribute_matches_sheepdog(void **state)
{
	char fields[256 + 256 + 4 + 256] = {0};

	(void)state;
	strcpy(fields, "test");
	strcpy(fields + 516, "color");
	assert_int_equal(sd_fnv(fields, sizeof(fields)), 0xbbac7cb3b7e14a68u);
}

static void seeds_of_nodes_and_disks_match_sheepdog(void **state)
{
	uint8_t v4[18] = {[12] = 127, 0, 0, 1, 0x58, 0x1b};
	uint8_t v6[18] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1, 0x59, 0x1b};
	uint64_t h;

	(void)state;
	h = sd_hash(v4, sizeof(v4));
	assert_int_equal(h, 0x9cb3d6dd0a4c0f9fu);
	assert_int_equal(h = sd_hash_next(h), 0x3af2cba6e538cdf3u);
	assert_int_equal(h = sd_hash_next(h), 0xfd38432fd111924bu);
	assert_int_equal(sd_hash_next(h), 0x2ad2bef8f506e35du);
	h = sd_hash(v6, sizeof(v6));
	assert_int_equal(h, 0xa6cb2fa3e26ce8a2u);
	assert_int_equal(h = sd_hash_next(h), 0xa694c363766f9ec9u);
	assert_int_equal(h = sd_hash_next(h), 0x8cc868a3b8a831dbu);
	assert_int_equal(sd_hash_next(h), 0x17a2333bb91b80ccu);
	h = sd_hash("/disk/0", 7);
	assert_int_equal(h, 0xf2ce1d3cbe86024fu);
	assert_int_equal(h = sd_hash_next(h), 0xfe0ff02bfdf00081u);
	assert_int_equal(sd_hash_next(h), 0x58f22ef4d5c232e5u);
}

int hash_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fnv_and_sd_hash_match_sheepdog),
		cmocka_unit_test(hashes_of_oids_match_sheepdog),
		cmocka_unit_test(home_vids_of_names_match_sheepdog),
		cmocka_unit_test(a_name_that_hashes_to_zero_starts_at_vid_1),
		cmocka_unit_test(the_hash_of_an_attribute_matches_sheepdog),
		cmocka_unit_test(seeds_of_nodes_and_disks_match_sheepdog),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
