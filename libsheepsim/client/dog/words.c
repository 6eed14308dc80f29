/* Numbers, times and results in dog's words. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/dog/internal.h"

/* Megabytes at least; ten and more without a fraction. */
const char *dog_size(const struct dog *d, uint64_t bytes, char buf[32])
{
	static const char *const units[] = {"MB", "GB", "TB", "PB", "EB"};
	uint64_t unit = UINT64_C(1) << 20;
	unsigned int i = 0;
	uint64_t tenths;

	if (d->o.raw) {
		snprintf(buf, 32, "%" PRIu64, bytes);
		return buf;
	}
	while (i < 4 && bytes / unit > 1024) {
		unit <<= 10;
		i++;
	}
	if (i == 0 && bytes > 1024 * unit) {
		unit <<= 10;
		i++;
	}
	tenths = bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit;
	if (tenths >= 100)
		snprintf(buf, 32, "%" PRIu64 " %s", (bytes + unit / 2) / unit, units[i]);
	else
		snprintf(buf, 32, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[i]);
	return buf;
}

const char *dog_redundancy(uint8_t copies, uint8_t policy, char buf[16])
{
	if (policy)
		snprintf(buf, 16, "%u:%u", sd_policy_data_strips(policy),
			 sd_policy_parity_strips(policy));
	else
		snprintf(buf, 16, "%u", copies);
	return buf;
}

static const char *format_time(uint64_t seconds, const char *format, char buf[32])
{
	time_t when = (time_t)seconds;
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(buf, 32, format, &tm);
	return buf;
}

const char *dog_minute(uint64_t seconds, char buf[32])
{
	return format_time(seconds, "%Y-%m-%d %H:%M", buf);
}

const char *dog_second(uint64_t seconds, char buf[32])
{
	return format_time(seconds, "%Y-%m-%d %H:%M:%S", buf);
}

const char *dog_ctime(uint64_t seconds, char buf[32])
{
	return format_time(seconds, "%a %b %e %H:%M:%S %Y", buf);
}

static const char *other_result(uint32_t result)
{
	switch (result) {
#define X(name, number, words)                                                                     \
	case number:                                                                               \
		return words;
		SD_RESULTS_FRONTEND(X)
		SD_RESULTS_INTERNAL(X)
#undef X
	default:
		return "Invalid error code";
	}
}

/* Those that captured runs show; the others are in this project's words. */
const char *dog_result(uint32_t result)
{
	switch (result) {
	case SD_RES_NO_OBJ:
		return "No object found";
	case SD_RES_VDI_EXIST:
		return "VDI exists already";
	case SD_RES_NO_VDI:
		return "No VDI found";
	case SD_RES_VDI_WRITE:
		return "Failed to write to requested VDI";
	case SD_RES_NO_TAG:
		return "Failed to find requested tag";
	case SD_RES_WAIT_FOR_FORMAT:
		return "Waiting for cluster to be formatted";
	case SD_RES_HALT:
		return "IO has halted as there are not enough living nodes";
	case SD_RES_FORCE_RECOVER:
		return "Cluster is running/halted and cannot be force recovered";
	case SD_RES_NO_STORE:
		return "Targeted backend store is not found";
	default:
		break;
	}
	return other_result(result);
}

const char *dog_node(const struct node_id *id, char buf[64])
{
	return node_id_text(id, buf);
}

bool dog_parse_size(const char *word, uint64_t *bytes)
{
	static const char units[] = "KMGTP";
	const char *unit;
	char *end;
	uint64_t whole = strtoull(word, &end, 10);
	unsigned int shift = 0;

	if (end == word || word[0] == '-')
		return false;
	if (*end) {
		unit = strchr(units, *end >= 'a' ? *end - ('a' - 'A') : *end);
		if (!unit || end[1])
			return false;
		shift = 10 * ((unsigned int)(unit - units) + 1);
	}
	if (shift && whole >> (64 - shift))
		return false;
	*bytes = whole << shift;
	return true;
}
