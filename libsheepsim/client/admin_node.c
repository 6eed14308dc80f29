/*
 * dog's commands on one node: what it counts, its log level, its disks, its virtual nodes; and the
 * default copies of a cluster.
 */
#include <sheepsim/wire/frontend.h>

#include "client/admin_inside.h"
#include "wire/records_admin.h"

/* ------------------------------------------------------------------ looking */

/* Sends the request that was prepared, and keeps the payload of its answer. */
static void look_step(struct sequence *s)
{
	struct command *c = command_of(s);

	if (s->at == 0) {
		sequence_send(s, NULL);
		return;
	}
	c->found.data = s->x.data ? blob_ref(s->x.data) : NULL;
	if (blob_size(c->found.data) == c->room)
		command_succeed(s);
	else
		command_malformed(s);
}

static void look(struct admin *a, const struct node_id *node, uint8_t opcode, uint32_t room,
		 admin_fn done, void *arg)
{
	struct command c = {.room = room, .done = done, .arg = arg};

	command_prepare(&c.sequence, opcode, room);
	command_start(a, node, c, look_step);
}

void admin_stat(struct admin *a, const struct node_id *node, admin_fn done, void *arg)
{
	look(a, node, SD_OP_STAT, sizeof(struct sd_stat), done, arg);
}

void admin_loglevel(struct admin *a, const struct node_id *node, admin_fn done, void *arg)
{
	look(a, node, SD_OP_GET_LOGLEVEL, sizeof(uint32_t), done, arg);
}

static void md_info_step(struct sequence *s)
{
	struct command *c = command_of(s);

	if (command_prelude(s))
		return;
	if (s->at == COMMAND_PRELUDE) {
		command_ask(s, SD_OP_MD_INFO, MD_INFO_SIZE);
		return;
	}
	c->found.data = s->x.data ? blob_ref(s->x.data) : NULL;
	command_succeed(s);
}

void admin_md_info(struct admin *a, const struct node_id *node, admin_fn done, void *arg)
{
	command_start(a, node, (struct command){.done = done, .arg = arg}, md_info_step);
}

/* ------------------------------------------------------------------ changing */

void admin_set_loglevel(struct admin *a, const struct node_id *node, uint32_t level, admin_fn done,
			void *arg)
{
	uint8_t bytes[4];

	put_le32(bytes, level);
	command_with_payload(a, node, SD_OP_SET_LOGLEVEL, bytes, sizeof(bytes), done, arg);
}

void admin_set_vnodes(struct admin *a, const struct node_id *node, uint32_t vnodes, admin_fn done,
		      void *arg)
{
	uint8_t bytes[8] = {0}; /* dog sends 8 bytes, 4 of them by mistake */

	put_le32(bytes, vnodes);
	command_with_payload(a, node, SD_OP_SET_VNODES, bytes, sizeof(bytes), done, arg);
}

/* What the first entry of STAT_CLUSTER says; false: nothing, the cluster is not formatted. */
static bool take_log(const struct sequence *s, struct epoch_log *log)
{
	uint8_t head[EPOCH_LOG_HEAD];

	if (blob_size(s->x.data) < sizeof(head))
		return false;
	blob_read(s->x.data, 0, head, sizeof(head));
	epoch_log_decode(head, log);
	return true;
}

static void set_copies_step(struct sequence *s)
{
	struct command *c = command_of(s);
	struct epoch_log log;

	if (command_prelude(s))
		return;
	if (s->at == COMMAND_PRELUDE) {
		/* once more, for the present number */
		command_ask(s, SD_OP_STAT_CLUSTER, EPOCH_LOG_HEAD);
	} else if (s->at == COMMAND_PRELUDE + 1) {
		if (take_log(s, &log) && log.nr_copies == c->format.copies) {
			sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS,
				     "the cluster has so many copies already");
			return;
		}
		command_prepare(s, SD_OP_ALTER_CLUSTER_COPY, 0);
		s->x.req.cluster.copies = c->format.copies;
		sequence_send(s, NULL);
	} else {
		command_succeed(s);
	}
}

void admin_set_copies(struct admin *a, const struct node_id *via, uint32_t copies, admin_fn done,
		      void *arg)
{
	struct command c = {.format.copies = (uint8_t)copies, .done = done, .arg = arg};

	command_start(a, via, c, set_copies_step);
}
