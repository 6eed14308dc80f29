/* What dog asks of the disks of a node: MD_INFO, MD_PLUG, MD_UNPLUG (spec 4.7). */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheep/admin.h"
#include "sheep/disks.h"
#include "wire/records_admin.h"

static_assert(STORE_MAX_PLUGGED == MD_MAX_DISKS, "MD_INFO has room for all disks of a node");

void md_info_work(struct request *r)
{
	const struct store *store = r->sheep->store;
	uint32_t nr = store_nr_plugged(store);
	struct md_info *disks;

	if (r->q.data_length != MD_INFO_SIZE) {
		request_end(r, SD_RES_INVALID_PARMS); /* sheep aborts */
		return;
	}
	disks = mem_array(nr, sizeof(*disks));
	for (uint32_t i = 0; i < nr; i++) {
		struct store_disk d;

		store_disk(store, store_plugged(store, i), &d);
		disks[i].idx = (int32_t)i;
		disks[i].free = d.free;
		disks[i].used = d.used;
		snprintf(disks[i].path, sizeof(disks[i].path), "%s", d.path);
	}
	r->out = md_info_encode(disks, nr);
	free(disks);
	request_end(r, SD_RES_SUCCESS);
}

/* The text of the payload, which ends at a NUL or with it; free() it. */
static char *payload_text(const struct request *r)
{
	uint64_t len = blob_size(r->data);
	char *text = mem_alloc(len + 1);

	blob_read(r->data, 0, text, len);
	return text;
}

/* Slashes at the end do not count; NULL: no path, or one that is not absolute. */
static const char *clean_path(char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	return path[0] == '/' && len > 1 && len < SD_MD_PATH_LEN ? path : NULL;
}

/* Paths, separated by commas; those that change nothing are passed over. */
static void change_disks(struct request *r, bool (*change)(struct sheep *s, const char *path))
{
	struct sheep *s = r->sheep;
	char *text = payload_text(r), *next = text;
	bool changed = false;
	char *word;

	while ((word = strsep(&next, ","))) {
		const char *path = clean_path(word);

		if (path && change(s, path))
			changed = true;
	}
	free(text);
	if (changed)
		disks_changed(s);
	request_end(r, changed ? SD_RES_SUCCESS : SD_RES_UNKNOWN);
}

void md_plug_work(struct request *r)
{
	change_disks(r, disks_plug);
}

void md_unplug_work(struct request *r)
{
	change_disks(r, disks_unplug);
}
