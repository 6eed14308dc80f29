/* The config record and the epoch logs (R202a, R218) of a store. */
#include "store/inside.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void store_config_get(const struct store *s, struct store_config *c)
{
	*c = s->config;
}

void store_config_put(struct store *s, const struct store_config *c)
{
	s->config = *c;
	TELL(s, config);
}

/* Room for so many pages of metadata: on the only disk, or on a file system of their own. */
static bool metadata_fits(const struct store *s, uint64_t pages)
{
	for (uint32_t i = 0; i < s->nr_disks; i++) {
		if (s->disks[i].metadata)
			return pages <= disk_room(s, &s->disks[i]);
	}
	return true;
}

bool store_config_fits(const struct store *s, const struct store_config *c)
{
	return metadata_fits(s, !s->config.ctime && c->ctime);
}

static uint64_t log_pages(const struct blob *content)
{
	return (blob_size(content) + BLOB_PAGE - 1) / BLOB_PAGE;
}

/* The index of the first log that is not before this epoch. */
static uint32_t log_lower(const struct store *s, uint32_t epoch)
{
	uint32_t lo = 0;
	uint32_t hi = s->nr_logs;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->logs[mid].epoch < epoch)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct blob *store_log_get(const struct store *s, uint32_t epoch)
{
	uint32_t i = log_lower(s, epoch);

	return i < s->nr_logs && s->logs[i].epoch == epoch ? blob_ref(s->logs[i].content) : NULL;
}

void store_log_put(struct store *s, uint32_t epoch, struct blob *log)
{
	TELL(s, log, epoch, log);
	logs_add(s, epoch, log);
}

bool store_log_fits(const struct store *s, const struct blob *log)
{
	return metadata_fits(s, log_pages(log));
}

void logs_add(struct store *s, uint32_t epoch, struct blob *log)
{
	uint32_t i = log_lower(s, epoch);

	blob_ref(log);
	s->log_pages += log_pages(log);
	if (i < s->nr_logs && s->logs[i].epoch == epoch) {
		s->log_pages -= log_pages(s->logs[i].content);
		blob_unref(s->logs[i].content);
		s->logs[i].content = log;
		return;
	}
	if (s->nr_logs == s->cap_logs) {
		s->cap_logs = s->cap_logs ? s->cap_logs * 2 : 4;
		s->logs = mem_resize(s->logs, s->cap_logs, sizeof(s->logs[0]));
	}
	memmove(&s->logs[i + 1], &s->logs[i], (s->nr_logs - i) * sizeof(s->logs[0]));
	s->logs[i] = (struct log){.epoch = epoch, .content = log};
	s->nr_logs++;
}

uint32_t store_log_highest(const struct store *s)
{
	return s->nr_logs ? s->logs[s->nr_logs - 1].epoch : 0;
}

void store_log_clear(struct store *s)
{
	TELL(s, logs_gone);
	logs_free(s);
}

void logs_free(struct store *s)
{
	for (uint32_t i = 0; i < s->nr_logs; i++)
		blob_unref(s->logs[i].content);
	free(s->logs);
	s->logs = NULL;
	s->nr_logs = 0;
	s->cap_logs = 0;
	s->log_pages = 0;
}
