/*
 * What admin operations answer with, in host order: disks, counters, throttling (wire-protocols
 * 2.11). The state of recovery is in records.h; the rules for decoders are those of that header.
 */
#ifndef SHEEPSIM_WIRE_RECORDS_ADMIN_H
#define SHEEPSIM_WIRE_RECORDS_ADMIN_H

#include "wire/message.h"

/* One disk of MD_INFO's list of 64. */
#define MD_INFO_ENTRY 4120u
#define MD_INFO_SIZE  263688u
#define MD_MAX_DISKS  64u

struct md_info {
	int32_t idx;
	uint64_t free; /* bytes */
	uint64_t used;
	char path[4097];
};

/* The answer with these n disks, n <= MD_MAX_DISKS. */
struct blob *md_info_encode(const struct md_info *disks, size_t n);

/* *disks is to be free()d. */
int md_info_decode(const struct blob *b, struct md_info **disks, size_t *n, struct wire_error *err);

/* recovery_throttling */
#define RECOVERY_THROTTLING_SIZE 24u
struct recovery_throttling {
	uint32_t max_exec_count;
	uint64_t queue_work_interval; /* ms */
	uint8_t throttling;
};

void recovery_throttling_encode(const struct recovery_throttling *h,
				uint8_t out[RECOVERY_THROTTLING_SIZE]);
int recovery_throttling_decode(const struct blob *b, struct recovery_throttling *h,
			       struct wire_error *err);

/* sd_stat: a node's counters since it started. */
#define NODE_STAT_SIZE 120u
struct node_stat {
	uint64_t gway_active; /* requests under way */
	uint64_t peer_active;
	uint64_t gway_total; /* requests */
	uint64_t peer_total;
	uint64_t gway_rx; /* bytes */
	uint64_t gway_tx;
	uint64_t peer_rx;
	uint64_t peer_tx;
	uint64_t gway_remove; /* requests of that kind */
	uint64_t gway_read;
	uint64_t gway_write;
	uint64_t gway_flush;
	uint64_t peer_remove;
	uint64_t peer_read;
	uint64_t peer_write;
};

void node_stat_encode(const struct node_stat *h, uint8_t out[NODE_STAT_SIZE]);
int node_stat_decode(const struct blob *b, struct node_stat *h, struct wire_error *err);

#endif
