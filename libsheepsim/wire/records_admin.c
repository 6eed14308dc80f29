#include "wire/records_admin.h"

#include <assert.h>
#include <inttypes.h>

#include "base/mem.h"
#include "sheepsim/wire/admin.h"
#include "wire/error.h"
#include "wire/fields.h"
#include "wire/records.h"

/* The first size bytes of b into w; fails if there are less. */
static int read_head(const struct blob *b, void *w, size_t size, const char *what,
		     struct wire_error *err)
{
	if (blob_size(b) < size)
		return wire_fail(err, -1, blob_size(b),
				 "%s of %" PRIu64 " bytes, at least %zu are needed", what,
				 blob_size(b), size);
	blob_read(b, 0, w, size);
	return 0;
}

struct blob *md_info_encode(const struct md_info *disks, size_t n)
{
	struct blob *b = blob_zero(MD_INFO_SIZE);
	uint8_t nr[sizeof(sd_le32)];

	static_assert(sizeof(struct sd_md_info) == MD_INFO_ENTRY &&
			      sizeof(struct sd_md_info_list) == MD_INFO_SIZE &&
			      SD_MD_MAX_DISKS == MD_MAX_DISKS,
		      "the sizes of MD_INFO's answer");
	assert(n <= MD_MAX_DISKS);
	for (size_t i = 0; i < n; i++) {
		const struct md_info *h = &disks[i];
		struct sd_md_info w = {0};

		MD_INFO_FIELDS(ENCODE_FIELD)
		b = blob_write(b, i * sizeof(w), &w, sizeof(w));
	}
	put_le32(nr, (uint32_t)n);
	return blob_write(b, offsetof(struct sd_md_info_list, nr), nr, sizeof(nr));
}

int md_info_decode(const struct blob *b, struct md_info **disks, size_t *n, struct wire_error *err)
{
	uint8_t nr[sizeof(sd_le32)];

	*disks = NULL;
	*n = 0;
	if (blob_size(b) != MD_INFO_SIZE)
		return wire_fail(err, -1, blob_size(b), "disk list of %" PRIu64 " bytes, not %u",
				 blob_size(b), MD_INFO_SIZE);
	blob_read(b, offsetof(struct sd_md_info_list, nr), nr, sizeof(nr));
	if (get_le32(nr) > MD_MAX_DISKS)
		return wire_fail(err, -1, offsetof(struct sd_md_info_list, nr),
				 "list of %" PRIu32 " disks, more than %u", get_le32(nr),
				 MD_MAX_DISKS);
	*n = get_le32(nr);
	*disks = mem_array(*n ? *n : 1, sizeof(**disks));
	for (size_t i = 0; i < *n; i++) {
		struct md_info *h = &(*disks)[i];
		struct sd_md_info w;

		blob_read(b, i * sizeof(w), &w, sizeof(w));
		MD_INFO_FIELDS(DECODE_FIELD)
	}
	return 0;
}

void recovery_state_encode(const struct recovery_state *h, uint8_t out[RECOVERY_STATE_SIZE])
{
	struct sd_recovery_state w = {0};

	static_assert(sizeof(w) == RECOVERY_STATE_SIZE, "a recovery_state has 24 bytes");
	RECOVERY_STATE_FIELDS(ENCODE_FIELD)
	memcpy(out, &w, sizeof(w));
}

int recovery_state_decode(const struct blob *b, struct recovery_state *h, struct wire_error *err)
{
	struct sd_recovery_state w;
	int ret = read_head(b, &w, sizeof(w), "recovery_state", err);

	memset(h, 0, sizeof(*h));
	if (ret < 0)
		return ret;
	RECOVERY_STATE_FIELDS(DECODE_FIELD)
	return 0;
}

void recovery_throttling_encode(const struct recovery_throttling *h,
				uint8_t out[RECOVERY_THROTTLING_SIZE])
{
	struct sd_recovery_throttling w = {0};

	static_assert(sizeof(w) == RECOVERY_THROTTLING_SIZE, "a recovery_throttling has 24 bytes");
	RECOVERY_THROTTLING_FIELDS(ENCODE_FIELD)
	memcpy(out, &w, sizeof(w));
}

int recovery_throttling_decode(const struct blob *b, struct recovery_throttling *h,
			       struct wire_error *err)
{
	struct sd_recovery_throttling w;
	int ret = read_head(b, &w, sizeof(w), "recovery_throttling", err);

	memset(h, 0, sizeof(*h));
	if (ret < 0)
		return ret;
	RECOVERY_THROTTLING_FIELDS(DECODE_FIELD)
	return 0;
}

void node_stat_encode(const struct node_stat *h, uint8_t out[NODE_STAT_SIZE])
{
	struct sd_stat w = {0};

	static_assert(sizeof(w) == NODE_STAT_SIZE, "a stat has 120 bytes");
	STAT_FIELDS(ENCODE_FIELD)
	memcpy(out, &w, sizeof(w));
}

int node_stat_decode(const struct blob *b, struct node_stat *h, struct wire_error *err)
{
	struct sd_stat w;
	int ret = read_head(b, &w, sizeof(w), "stat", err);

	memset(h, 0, sizeof(*h));
	if (ret < 0)
		return ret;
	STAT_FIELDS(DECODE_FIELD)
	return 0;
}
