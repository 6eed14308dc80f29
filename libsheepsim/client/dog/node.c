/* dog node. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/dog/internal.h"

static enum dog_next fail(struct dog *d, const char *words)
{
	dog_say(d, words, dog_result(d->result));
	return dog_stop(d, DOG_FAILED);
}

/* ------------------------------------------------------------------ list */

static void say_nodes(struct dog *d)
{
	char id[64];

	if (!d->o.raw)
		dog_say(d, "  Id   Host:Port         V-Nodes       Zone\n");
	for (size_t i = 0; i < d->nr_nodes; i++)
		dog_say(d, d->o.raw ? "%zu %s %u %u\n" : "%4zu   %-20s\t%2u%11u\n", i,
			dog_node(&d->nodes[i].nid, id), d->nodes[i].nr_vnodes, d->nodes[i].zone);
}

enum dog_next dog_node_list(struct dog *d)
{
	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	say_nodes(d);
	DOG_END(d);
}

/* ------------------------------------------------------------------ info */

static void say_space(struct dog *d, const char *id, uint64_t size, uint64_t free_space)
{
	uint64_t used = size - free_space;
	char words[3][32];

	dog_say(d, "%s\t%s\t%s\t%s\t%3u%%", id, dog_size(d, size, words[0]),
		dog_size(d, used, words[1]), dog_size(d, free_space, words[2]),
		size ? (unsigned int)(used * 100 / size) : 0);
}

/* Adds the VDI to what all of them could grow to. */
static enum dog_next add_size(struct dog *d)
{
	if (!d->vdi.head.snap_ctime)
		d->length += d->vdi.head.vdi_size;
	return DOG_ENDS;
}

static void take_space(struct dog *d)
{
	char id[16];

	if (d->result != SD_RES_SUCCESS) {
		dog_say(d, "Response's result: %s\n", dog_result(d->result));
		return;
	}
	snprintf(id, sizeof(id), "%2u", d->i);
	say_space(d, id, d->rsp.node.store_size, d->rsp.node.store_free);
	dog_say(d, "\n");
	d->offset += d->rsp.node.store_size;
	d->done += d->rsp.node.store_free;
	d->m++;
}

enum dog_next dog_node_info(struct dog *d)
{
	char words[32];

	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	if (!d->o.raw)
		dog_say(d, "Id\tSize\tUsed\tAvail\tUse%%\n");
	for (d->i = 0; d->i < d->nr_nodes; d->i++) {
		dog_prepare(d, SD_OP_STAT_SHEEP, 0);
		dog_send(d, &d->nodes[d->i].nid, NULL);
		DOG_AWAIT(d);
		take_space(d);
	}
	if (d->m == 0) {
		dog_say(d, "Cannot get information from any nodes\n");
		return dog_stop(d, DOG_NO_SHEEP);
	}
	dog_begin_list(d, false, add_size);
	DOG_CALL(d, dog_list);
	say_space(d, "Total", d->offset, d->done);
	dog_say(d, "\n\nTotal virtual image size\t%s\n", dog_size(d, d->length, words));
	DOG_END(d);
}

/* ------------------------------------------------------------------ disks */

static void say_disks(struct dog *d)
{
	struct md_info *disks = NULL;
	size_t nr;
	char id[16];

	if (!d->data || md_info_decode(d->data, &disks, &nr, NULL) < 0)
		return;
	for (size_t i = 0; i < nr; i++) {
		snprintf(id, sizeof(id), "%2d", disks[i].idx);
		say_space(d, id, disks[i].free + disks[i].used, disks[i].free);
		dog_say(d, "\t%s\n", disks[i].path);
	}
	free(disks);
}

enum dog_next dog_node_md_info(struct dog *d)
{
	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	dog_say(d, "Id\tSize\tUsed\tAvail\tUse%%\tPath\n");
	if (!d->o.all) {
		dog_ask(d, SD_OP_MD_INFO, MD_INFO_SIZE);
		DOG_AWAIT(d);
		if (d->result != SD_RES_SUCCESS)
			return fail(d, "failed to get multi-disk information: %s\n");
		say_disks(d);
		return DOG_ENDS;
	}
	for (d->i = 0; d->i < d->nr_nodes; d->i++) {
		dog_prepare(d, SD_OP_MD_INFO, MD_INFO_SIZE);
		dog_send(d, &d->nodes[d->i].nid, NULL);
		DOG_AWAIT(d);
		dog_say(d, "Node %u:\n", d->i);
		if (d->result != SD_RES_SUCCESS)
			return fail(d, "failed to get multi-disk information: %s\n");
		say_disks(d);
	}
	DOG_END(d);
}

static enum dog_next change_disks(struct dog *d, uint8_t opcode)
{
	struct req *q;

	DOG_BEGIN(d);
	q = dog_prepare(d, opcode, (uint32_t)strlen(d->words[0]) + 1);
	q->flags = SD_FLAG_CMD_WRITE;
	dog_send(d, NULL, blob_new(d->words[0], strlen(d->words[0]) + 1));
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return fail(d, "Failed to execute request, look for sheep.log for more "
			       "information\n");
	DOG_END(d);
}

enum dog_next dog_node_md_plug(struct dog *d)
{
	return change_disks(d, SD_OP_MD_PLUG);
}

enum dog_next dog_node_md_unplug(struct dog *d)
{
	return change_disks(d, SD_OP_MD_UNPLUG);
}

/* ------------------------------------------------------------------ recovery */

static void say_recovery(struct dog *d)
{
	struct recovery_state state;
	char id[64];

	if (!d->data || recovery_state_decode(d->data, &state, NULL) < 0 || !state.in_recovery)
		return;
	dog_say(d, "%4u   %-20s%5u%11u", d->i, dog_node(&d->nodes[d->i].nid, id),
		d->nodes[d->i].nr_vnodes, d->nodes[d->i].zone);
	dog_say(d, "       %.1u%%\n",
		state.nr_total ? (unsigned int)(state.nr_finished * 100 / state.nr_total) : 0);
}

/* -P: of one node, until it has ended. */
static enum dog_next progress(struct dog *d)
{
	struct recovery_state state = {0};

	DOG_BEGIN(d);
	dog_ask(d, SD_OP_STAT_RECOVERY, RECOVERY_STATE_SIZE);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return fail(d, "%s\n");
	if (d->data && recovery_state_decode(d->data, &state, NULL) == 0 && state.in_recovery)
		dog_say(d, "%" PRIu64 " of %" PRIu64 " objects\n", state.nr_finished,
			state.nr_total);
	DOG_END(d);
}

enum dog_next dog_node_recovery_info(struct dog *d)
{
	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	if (d->o.progress) {
		DOG_CALL(d, progress);
		return DOG_ENDS;
	}
	dog_say(d, "Nodes In Recovery:\n"
		   "  Id   Host:Port         V-Nodes       Zone       Progress\n");
	for (d->i = 0; d->i < d->nr_nodes; d->i++) {
		dog_prepare(d, SD_OP_STAT_RECOVERY, RECOVERY_STATE_SIZE);
		dog_send(d, &d->nodes[d->i].nid, NULL);
		DOG_AWAIT(d);
		if (d->result != SD_RES_SUCCESS)
			return fail(d, "%s\n");
		say_recovery(d);
	}
	DOG_END(d);
}

enum dog_next dog_node_recovery_get(struct dog *d)
{
	struct recovery_throttling t;

	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	dog_ask(d, SD_OP_GET_RECOVERY, RECOVERY_THROTTLING_SIZE);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS || !d->data ||
	    recovery_throttling_decode(d->data, &t, NULL) < 0)
		return fail(d, "%s\n");
	dog_say(d, "max (%u), interval (%" PRIu64 ")\n", t.max_exec_count, t.queue_work_interval);
	DOG_END(d);
}

static struct blob *throttling(const struct dog *d)
{
	uint8_t bytes[RECOVERY_THROTTLING_SIZE];
	struct recovery_throttling t = {
		.max_exec_count = (uint32_t)strtoul(d->words[0], NULL, 10),
		.queue_work_interval = strtoull(d->words[1], NULL, 10),
	};

	recovery_throttling_encode(&t, bytes);
	return blob_new(bytes, sizeof(bytes));
}

enum dog_next dog_node_recovery_set(struct dog *d)
{
	struct req *q;

	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	q = dog_prepare(d, SD_OP_SET_RECOVERY, RECOVERY_THROTTLING_SIZE);
	q->flags = SD_FLAG_CMD_WRITE;
	dog_send(d, NULL, throttling(d));
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return fail(d, "%s\n");
	DOG_END(d);
}

/* ------------------------------------------------------------------ kill */

enum dog_next dog_node_kill(struct dog *d)
{
	char *end = NULL;

	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	if (d->o.local) {
		dog_ask(d, SD_OP_KILL_NODE, 0);
	} else {
		d->i = d->nr_words ? (uint32_t)strtoul(d->words[0], &end, 10) : UINT32_MAX;
		if (!end || *end || d->i >= d->nr_nodes) {
			dog_say(d, "Invalid node id '%s'\n", d->nr_words ? d->words[0] : "");
			return dog_stop(d, DOG_USAGE);
		}
		dog_prepare(d, SD_OP_KILL_NODE, 0);
		dog_send(d, &d->nodes[d->i].nid, NULL);
	}
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return fail(d, "Failed to execute request\n");
	DOG_END(d);
}

/* ------------------------------------------------------------------ counters, log, vnodes */

/* Reads stand under Write, and writes under Read: so dog has it. */
static void say_stat(struct dog *d)
{
	struct node_stat s;
	char rx[32], tx[32];

	if (!d->data || node_stat_decode(d->data, &s, NULL) < 0)
		return;
	dog_say(d, "Request\tActive\tTotal\tWrite\tRead\tRemove\tFlush\tAll WR\tAll RD\n");
	dog_say(d,
		"Client\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
		"\t%s\t%s\n",
		s.gway_active, s.gway_total, s.gway_read, s.gway_write, s.gway_remove, s.gway_flush,
		dog_size(d, s.gway_rx, rx), dog_size(d, s.gway_tx, tx));
	dog_say(d,
		"Peer\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
		"\t0\t%s\t%s\n",
		s.peer_active, s.peer_total, s.peer_read, s.peer_write, s.peer_remove,
		dog_size(d, s.peer_rx, rx), dog_size(d, s.peer_tx, tx));
}

enum dog_next dog_node_stat(struct dog *d)
{
	DOG_BEGIN(d);
	dog_ask(d, SD_OP_STAT, NODE_STAT_SIZE);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return fail(d, "failed to get stat information: %s\n");
	say_stat(d);
	DOG_END(d);
}

static const char *const levels[] = {"emerg",	"alert",  "crit", "err",
				     "warning", "notice", "info", "debug"};

enum dog_next dog_node_log_list(struct dog *d)
{
	for (size_t i = 0; i < 8; i++)
		dog_say(d, "%s%s", levels[i], i < 7 ? " " : "\n");
	return DOG_ENDS;
}

enum dog_next dog_node_log_get(struct dog *d)
{
	uint8_t level[4] = {0};

	DOG_BEGIN(d);
	dog_ask(d, SD_OP_GET_LOGLEVEL, sizeof(level));
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return fail(d, "Failed to get loglevel: %s\n");
	blob_read(d->data, 0, level, sizeof(level));
	dog_say(d, "%s (%u)\n", get_le32(level) < 8 ? levels[get_le32(level)] : "?",
		get_le32(level));
	DOG_END(d);
}

enum dog_next dog_node_log_set(struct dog *d)
{
	uint8_t level[4];

	DOG_BEGIN(d);
	while (d->i < 8 && strcmp(d->words[0], levels[d->i]) != 0)
		d->i++;
	if (d->i == 8) {
		dog_say(d, "Invalid log level\n");
		return dog_stop(d, DOG_USAGE);
	}
	put_le32(level, d->i);
	dog_prepare(d, SD_OP_SET_LOGLEVEL, sizeof(level))->flags = SD_FLAG_CMD_WRITE;
	dog_send(d, NULL, blob_new(level, sizeof(level)));
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return fail(d, "Failed to set log level: %s\n");
	DOG_END(d);
}

/* dog sends 8 bytes for a number of 4, the last of which nobody has written. */
enum dog_next dog_node_vnodes_set(struct dog *d)
{
	uint8_t number[8] = {0};

	DOG_BEGIN(d);
	put_le32(number, (uint32_t)strtoul(d->words[0], NULL, 10));
	dog_prepare(d, SD_OP_SET_VNODES, sizeof(number))->flags = SD_FLAG_CMD_WRITE;
	dog_send(d, NULL, blob_new(number, sizeof(number)));
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS) {
		dog_say(d, "Failed to execute request\n");
		return dog_stop(d, DOG_ODD);
	}
	DOG_END(d);
}
