/*
 * Reads and writes an iSCSI disk, and knows what has to be on it. For tests/interop/run.
 *
 *   iscsi_io URL fill SEED          writes the whole disk
 *   iscsi_io URL verify SEED        reads what `fill SEED` has written
 *   iscsi_io URL mixed SEED SECONDS writes and reads at random for so long, 16 requests at a time;
 *                                   the disk has to read as zeros before. Each block that is read
 *                                   has to be as the last write left it that was acknowledged (or
 *                                   as one did that failed later). At the end all of it is read.
 *
 * Ends with 0 and a line of figures, 1 if the disk is not as it has to be, 2 if it cannot be used.
 */
#include <errno.h>
#include <inttypes.h>
#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pattern.h"

#define UNIT	  PATTERN_UNIT
#define SLOTS	  16u /* requests at a time; each has a part of the disk for itself */
#define MAX_UNITS 16u /* of one request */

struct disk;

struct slot {
	struct disk *disk;
	uint32_t first, nr; /* its part, in units */
	bool busy, is_write;
	uint32_t at, units; /* of the request under way */
	uint32_t version;
	uint8_t data[MAX_UNITS * UNIT];
};

struct disk {
	struct iscsi_context *iscsi;
	int lun, block;
	uint32_t nr; /* units */
	struct pattern pattern;
	uint32_t busy;
	uint64_t reads, writes, failed;
	struct slot slots[SLOTS];
};

static void done(struct iscsi_context *iscsi, int status, void *data, void *arg)
{
	struct slot *s = arg;
	struct disk *d = s->disk;
	struct scsi_task *task = data;
	bool good = status == SCSI_STATUS_GOOD;

	(void)iscsi;
	if (!good)
		d->failed++;
	if (!s->is_write && good) {
		if (task->datain.size < (int)(s->units * UNIT))
			d->pattern.wrong++;
		else
			pattern_check(&d->pattern, s->at, s->units, task->datain.data);
	}
	if (s->is_write) {
		pattern_written(&d->pattern, s->at, s->units, s->version, good);
		d->writes++;
	} else {
		d->reads++;
	}
	scsi_free_scsi_task(task);
	s->busy = false;
	d->busy--;
}

static bool begin(struct slot *s, bool is_write, uint32_t at, uint32_t units)
{
	struct disk *d = s->disk;
	uint64_t lba = (uint64_t)at * (UNIT / (uint32_t)d->block);
	struct scsi_task *task;

	s->is_write = is_write;
	s->at = at;
	s->units = units;
	if (is_write) {
		pattern_content(&d->pattern, at, units, s->version, s->data);
		task = iscsi_write16_task(d->iscsi, d->lun, lba, s->data, units * UNIT, d->block, 0,
					  0, 0, 0, 0, done, s);
	} else {
		task = iscsi_read16_task(d->iscsi, d->lun, lba, units * UNIT, d->block, 0, 0, 0, 0,
					 0, done, s);
	}
	if (task == NULL) {
		fprintf(stderr, "iscsi_io: %s\n", iscsi_get_error(d->iscsi));
		return false;
	}
	s->busy = true;
	d->busy++;
	return true;
}

/* Waits for something to happen. False: the connection is lost. */
static bool turn(struct disk *d)
{
	struct pollfd p = {iscsi_get_fd(d->iscsi), (short)iscsi_which_events(d->iscsi), 0};

	if (poll(&p, 1, 1000) < 0 && errno != EINTR) {
		perror("iscsi_io: poll");
		return false;
	}
	if (iscsi_service(d->iscsi, p.revents) < 0) {
		fprintf(stderr, "iscsi_io: %s\n", iscsi_get_error(d->iscsi));
		return false;
	}
	return true;
}

/* All of the disk, in order. */
static bool sweep(struct disk *d, bool is_write)
{
	uint32_t at = 0;

	while (at < d->nr || d->busy > 0) {
		for (uint32_t i = 0; i < SLOTS && at < d->nr; i++) {
			uint32_t units = d->nr - at < MAX_UNITS ? d->nr - at : MAX_UNITS;

			if (d->slots[i].busy)
				continue;
			d->slots[i].version = 1;
			if (!begin(&d->slots[i], is_write, at, units))
				return false;
			at += units;
		}
		if (!turn(d))
			return false;
	}
	return true;
}

static bool mixed(struct disk *d, unsigned int seconds)
{
	struct timespec now, begun;
	uint64_t n = 0;
	bool more = true;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	while (more || d->busy > 0) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		more = now.tv_sec - begun.tv_sec < (time_t)seconds;
		for (uint32_t i = 0; more && i < SLOTS; i++) {
			struct slot *s = &d->slots[i];
			uint64_t x = pattern_mix(d->pattern.seed + pattern_mix(n));
			uint32_t units = 1 + (uint32_t)(x >> 8) % MAX_UNITS;

			if (s->busy)
				continue;
			n++;
			s->version = ++d->pattern.next;
			if (!begin(s, x % 3 != 0, s->first + (uint32_t)(x >> 32) % (s->nr - units),
				   units))
				return false;
		}
		if (!turn(d))
			return false;
	}
	return sweep(d, false);
}

static bool open_disk(struct disk *d, const char *name)
{
	struct iscsi_url *url;
	struct scsi_task *task;
	struct scsi_readcapacity16 *size;
	bool good = false;

	d->iscsi = iscsi_create_context("iqn.2026-01.sheepsim:tests");
	url = iscsi_parse_full_url(d->iscsi, name);
	if (url == NULL) {
		fprintf(stderr, "iscsi_io: %s\n", iscsi_get_error(d->iscsi));
		return false;
	}
	iscsi_set_targetname(d->iscsi, url->target);
	iscsi_set_session_type(d->iscsi, ISCSI_SESSION_NORMAL);
	iscsi_set_noautoreconnect(d->iscsi, 1);
	d->lun = url->lun;
	if (iscsi_full_connect_sync(d->iscsi, url->portal, url->lun) != 0) {
		fprintf(stderr, "iscsi_io: %s: %s\n", name, iscsi_get_error(d->iscsi));
		iscsi_destroy_url(url);
		return false;
	}
	iscsi_destroy_url(url);
	task = iscsi_readcapacity16_sync(d->iscsi, d->lun);
	size = task != NULL && task->status == SCSI_STATUS_GOOD ? scsi_datain_unmarshall(task)
								: NULL;
	if (size != NULL && size->block_length > 0 && UNIT % size->block_length == 0) {
		d->block = (int)size->block_length;
		d->nr = (uint32_t)((size->returned_lba + 1) * size->block_length / UNIT);
		good = d->nr / SLOTS > MAX_UNITS;
	}
	if (!good)
		fprintf(stderr, "iscsi_io: %s: its size cannot be used\n", name);
	if (task != NULL)
		scsi_free_scsi_task(task);
	return good;
}

static bool run(struct disk *d, uint64_t seed, const char *what, const char *seconds)
{
	if (!pattern_init(&d->pattern, seed, d->nr)) {
		fprintf(stderr, "iscsi_io: no memory\n");
		return false;
	}
	for (uint32_t i = 0; i < SLOTS; i++) {
		d->slots[i].disk = d;
		d->slots[i].nr = d->nr / SLOTS;
		d->slots[i].first = i * (d->nr / SLOTS);
	}
	if (strcmp(what, "mixed") == 0)
		return mixed(d, (unsigned int)strtoul(seconds, NULL, 10));
	for (uint32_t i = 0; strcmp(what, "verify") == 0 && i < d->nr; i++)
		d->pattern.is[i] = 1;
	return sweep(d, strcmp(what, "fill") == 0);
}

int main(int argc, char **argv)
{
	struct disk *d;
	int code = 2;

	if (!(argc == 4 && (strcmp(argv[2], "fill") == 0 || strcmp(argv[2], "verify") == 0)) &&
	    !(argc == 5 && strcmp(argv[2], "mixed") == 0)) {
		fprintf(stderr, "usage: iscsi_io URL fill|verify SEED | URL mixed SEED SECONDS\n");
		return 2;
	}
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return 2;
	if (open_disk(d, argv[1]) &&
	    run(d, strtoull(argv[3], NULL, 10), argv[2], argc > 4 ? argv[4] : "0")) {
		printf("%" PRIu64 " reads, %" PRIu64 " writes, %" PRIu64 " failed, %" PRIu64
		       " units not as they have to be\n",
		       d->reads, d->writes, d->failed, d->pattern.wrong);
		code = d->pattern.wrong == 0 && (strcmp(argv[2], "mixed") == 0 || d->failed == 0)
			       ? 0
			       : 1;
	}
	if (d->iscsi != NULL) {
		iscsi_logout_sync(d->iscsi);
		iscsi_destroy_context(d->iscsi);
	}
	pattern_free(&d->pattern);
	free(d);
	return code;
}
