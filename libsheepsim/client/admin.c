/*
 * dog's commands, one step function each.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sheepsim/wire/frontend.h>
#include <sheepsim/wire/peer.h>

#include "base/mem.h"
#include "client/admin_inside.h"
#include "wire/records_admin.h"

#define NODE_LIST_ROOM	 (SD_MAX_NODES * SD_NODE_SIZE)
#define OBJ_LIST_ROOM	 (UINT32_C(4) << 20) /* at first; doubled on BUFFER_SMALL */
#define OBJ_LIST_LARGEST (UINT32_C(1) << 30)

struct command *command_of(struct sequence *s)
{
	return container_of(s, struct command, sequence);
}

static void command_ends(struct sequence *s, enum outcome_kind kind, uint32_t result,
			 const char *why)
{
	struct command *c = command_of(s);

	c->found.kind = kind;
	c->found.result = result;
	c->found.why = why;
	c->done(c->arg, &c->found);
	free(c->found.nodes);
	for (size_t i = 0; i < c->found.nr_epochs; i++)
		free(c->found.epochs[i].nodes);
	free(c->found.epochs);
	free(c->found.oids);
	blob_unref(c->found.data);
	blob_unref(c->payload);
	free(c);
}

void command_start(struct admin *a, const struct node_id *via, struct command command,
		   void (*step)(struct sequence *s))
{
	struct command *c = mem_alloc(sizeof *c);

	*c = command;
	c->admin = a;
	c->sequence.step = step;
	c->sequence.end = command_ends;
	c->sequence.dialect = a->dialect;
	c->sequence.frontend = a->frontend;
	sequence_start(&c->sequence, &a->commands, &a->world, &a->tally, via);
}

void command_succeed(struct sequence *s)
{
	sequence_end(s, OUTCOME_OK, SD_RES_SUCCESS, NULL);
}

void command_malformed(struct sequence *s)
{
	sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS, "the answer is malformed");
}

void command_prepare(struct sequence *s, uint8_t opcode, uint32_t room)
{
	req_init(&s->x.req, opcode);
	s->x.req.data_length = room;
}

void command_ask(struct sequence *s, uint8_t opcode, uint32_t room)
{
	command_prepare(s, opcode, room);
	sequence_send(s, NULL);
}

/* ------------------------------------------------------------------ how commands begin */

static bool take_nodes(struct command *c)
{
	const struct exchange *x = &c->sequence.x;

	if (x->rsp.node.nr_nodes > SD_MAX_NODES ||
	    x->rsp.data_length != x->rsp.node.nr_nodes * SD_NODE_SIZE)
		return false;
	c->found.nr_nodes = x->rsp.node.nr_nodes;
	return node_list_decode(x->data, 0, c->found.nr_nodes, &c->found.nodes, NULL) == 0;
}

bool command_prelude(struct sequence *s)
{
	struct command *c = command_of(s);

	if (s->at == 0) {
		command_ask(s, SD_OP_GET_NODE_LIST, NODE_LIST_ROOM);
	} else if (s->at == 1 && !take_nodes(c)) {
		command_malformed(s);
	} else if (s->at == 1) {
		s->lenient = true; /* the result is the cluster's status */
		command_ask(s, SD_OP_STAT_CLUSTER, EPOCH_LOG_HEAD);
	}
	return s->at < COMMAND_PRELUDE;
}

/* ------------------------------------------------------------------ looking */

static void node_list_step(struct sequence *s)
{
	if (!command_prelude(s))
		command_succeed(s);
}

void admin_node_list(struct admin *a, const struct node_id *via, admin_fn done, void *arg)
{
	command_start(a, via, (struct command){.done = done, .arg = arg}, node_list_step);
}

static bool take_info(const struct sequence *s, struct cluster_info *info)
{
	struct node_rec *nodes = NULL;
	int error = dialect_cluster_info_decode(s->dialect, s->x.data, info, &nodes, NULL);

	free(nodes);
	return error == 0;
}

static void cluster_info_step(struct sequence *s)
{
	struct command *c = command_of(s);

	if (command_prelude(s))
		return;
	if (s->at == COMMAND_PRELUDE)
		command_ask(s, SD_OP_CLUSTER_INFO, SD_CLUSTER_INFO_SIZE);
	else if (take_info(s, &c->found.info))
		command_succeed(s);
	else
		command_malformed(s);
}

void admin_cluster_info(struct admin *a, const struct node_id *via, admin_fn done, void *arg)
{
	command_start(a, via, (struct command){.done = done, .arg = arg}, cluster_info_step);
}

/* Asks for all epochs, with room for so many nodes in each. */
static void ask_epochs(struct command *c, uint32_t slots)
{
	struct sequence *s = &c->sequence;
	c->slots = slots;
	command_prepare(s, SD_OP_STAT_CLUSTER, c->epochs * (EPOCH_LOG_HEAD + slots * SD_NODE_SIZE));
	s->x.req.cluster.nodes_nr = slots;
	s->lenient = true;
	sequence_send(s, NULL);
}

static bool take_epochs(struct command *c)
{
	const struct blob *b = c->sequence.x.data;
	uint64_t size = EPOCH_LOG_HEAD + (uint64_t)c->slots * SD_NODE_SIZE;
	size_t nr = (size_t)(blob_size(b) / size);
	uint8_t head[EPOCH_LOG_HEAD];

	c->found.epochs = mem_array(nr, sizeof *c->found.epochs);
	for (size_t i = 0; i < nr; i++) {
		struct admin_epoch *e = &c->found.epochs[c->found.nr_epochs++];

		blob_read(b, i * size, head, sizeof head);
		epoch_log_decode(head, &e->log);
		if (e->log.nr_nodes > c->slots ||
		    node_list_decode(b, i * size + EPOCH_LOG_HEAD, e->log.nr_nodes, &e->nodes,
				     NULL) < 0)
			return false;
	}
	return blob_size(b) == nr * size;
}

/* dog takes the number of epochs from the header of the first answer. */
static void epochs_step(struct sequence *s)
{
	struct command *c = command_of(s);

	if (command_prelude(s))
		return;
	if (s->at == COMMAND_PRELUDE) {
		c->epochs = s->x.rsp.epoch;
		if (c->epochs == 0 || c->found.nr_nodes == 0)
			command_succeed(s);
		else
			ask_epochs(c, (uint32_t)c->found.nr_nodes);
	} else if (s->x.rsp.result == SD_RES_BUFFER_SMALL && c->slots <= SD_MAX_NODES) {
		ask_epochs(c, 2 * c->slots);
	} else if (s->x.rsp.result != SD_RES_SUCCESS) {
		sequence_end(s, OUTCOME_RESULT, s->x.rsp.result, NULL);
	} else if (take_epochs(c)) {
		command_succeed(s);
	} else {
		command_malformed(s);
	}
}

void admin_epochs(struct admin *a, const struct node_id *via, admin_fn done, void *arg)
{
	command_start(a, via, (struct command){.done = done, .arg = arg}, epochs_step);
}

static void recovery_step(struct sequence *s)
{
	struct command *c = command_of(s);

	if (s->at == 0)
		command_ask(s, SD_OP_STAT_RECOVERY, RECOVERY_STATE_SIZE);
	else if (recovery_state_decode(s->x.data, &c->found.recovery, NULL) < 0)
		command_malformed(s);
	else
		command_succeed(s);
}

void admin_recovery_info(struct admin *a, const struct node_id *node, admin_fn done, void *arg)
{
	command_start(a, node, (struct command){.done = done, .arg = arg}, recovery_step);
}

static void take_oids(struct command *c)
{
	const struct blob *b = c->sequence.x.data;
	size_t nr = (size_t)(blob_size(b) / 8);
	uint8_t raw[8];

	c->found.oids = mem_array(nr, sizeof *c->found.oids);
	for (size_t i = 0; i < nr; i++) {
		blob_read(b, i * sizeof raw, raw, sizeof raw);
		c->found.oids[i] = get_le64(raw);
	}
	c->found.nr_oids = nr;
}

static void obj_list_step(struct sequence *s)
{
	struct command *c = command_of(s);

	if (s->at == 0 || (s->x.rsp.result == SD_RES_BUFFER_SMALL && c->room < OBJ_LIST_LARGEST)) {
		c->room = s->at == 0 ? OBJ_LIST_ROOM : 2 * c->room;
		s->lenient = true;
		command_ask(s, SD_OP_GET_OBJ_LIST, c->room);
	} else if (s->x.rsp.result != SD_RES_SUCCESS) {
		sequence_end(s, OUTCOME_RESULT, s->x.rsp.result, NULL);
	} else {
		take_oids(c);
		command_succeed(s);
	}
}

void admin_obj_list(struct admin *a, const struct node_id *node, admin_fn done, void *arg)
{
	command_start(a, node, (struct command){.done = done, .arg = arg}, obj_list_step);
}

/* ------------------------------------------------------------------ changing */

/* Seconds in the high half, nanoseconds (of whole microseconds) in the low one. */
static uint64_t creation_time(const struct world *w)
{
	uint64_t now = world_unix_time(w);

	return (now / NSEC_PER_SEC) << 32 | now % NSEC_PER_SEC / NSEC_PER_USEC * NSEC_PER_USEC;
}

static void make_fs(struct command *c)
{
	struct sequence *s = &c->sequence;
	size_t len = strlen(c->format.store) + 1;

	req_init(&s->x.req, SD_OP_MAKE_FS);
	s->x.req.flags = SD_FLAG_CMD_WRITE;
	s->x.req.data_length = (uint32_t)len;
	s->x.req.cluster.ctime = creation_time(&c->admin->world);
	s->x.req.cluster.copies = c->format.copies;
	s->x.req.cluster.copy_policy = c->format.copy_policy;
	s->x.req.cluster.flags = (c->format.flags & (uint16_t)~SD_CLUSTER_FLAG_AUTO_VNODES) |
				 (c->found.info.flags & SD_CLUSTER_FLAG_AUTO_VNODES);
	s->x.req.cluster.block_size_shift = c->format.block_size_shift;
	if (dialect_refuses(s->dialect, &s->x.req))
		sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS,
			     "dog of this release has no such option");
	else
		sequence_send(s, blob_new(c->format.store, len));
}

/* Asks every other node of the list how it counts its vnodes; false: all have been asked. */
static bool ask_next_node(struct command *c)
{
	struct sequence *s = &c->sequence;
	const struct node_id *id;

	while (c->next < c->found.nr_nodes) {
		id = &c->found.nodes[c->next++].nid;
		if (node_id_cmp(id, &s->session.gateway) == 0)
			continue;
		command_prepare(s, SD_OP_CLUSTER_INFO, SD_CLUSTER_INFO_SIZE);
		sequence_send_aside(s, id);
		return true;
	}
	return false;
}

static void format_step(struct sequence *s)
{
	struct command *c = command_of(s);
	struct cluster_info info;

	if (command_prelude(s))
		return;
	if (s->at == COMMAND_PRELUDE) {
		/* dog of 0.8 has nothing to compare: all its nodes have automatic vnodes */
		if (dialect_has_op(s->dialect, SD_OP_CLUSTER_INFO))
			command_ask(s, SD_OP_CLUSTER_INFO, SD_CLUSTER_INFO_SIZE);
		else
			command_ask(s, SD_OP_READ_VDIS, SD_VDI_BITMAP_SIZE);
		return;
	}
	if (s->x.req.opcode == SD_OP_CLUSTER_INFO) {
		if (!take_info(s, &info)) {
			command_malformed(s);
			return;
		}
		if (s->at == COMMAND_PRELUDE + 1)
			c->found.info = info;
		if ((info.flags ^ c->found.info.flags) & SD_CLUSTER_FLAG_AUTO_VNODES)
			sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS,
				     "some nodes have automatic vnodes, some fixed ones");
		else if (!ask_next_node(c))
			command_ask(s, SD_OP_READ_VDIS, SD_VDI_BITMAP_SIZE);
	} else if (s->x.req.opcode == SD_OP_READ_VDIS) {
		make_fs(c);
	} else {
		command_succeed(s);
	}
}

void admin_format(struct admin *a, const struct node_id *via, const struct admin_format *format,
		  admin_fn done, void *arg)
{
	command_start(a, via, (struct command){.format = *format, .done = done, .arg = arg},
		      format_step);
}

static void simple_step(struct sequence *s)
{
	if (s->at == 0)
		sequence_send(s, NULL);
	else
		command_succeed(s);
}

void admin_simple(struct admin *a, const struct node_id *via, uint8_t opcode, admin_fn done,
		  void *arg)
{
	struct command c = {.done = done, .arg = arg};

	command_prepare(&c.sequence, opcode, opcode == SD_OP_FORCE_RECOVER ? NODE_LIST_ROOM : 0);
	command_start(a, via, c, simple_step);
}

static void payload_step(struct sequence *s)
{
	if (s->at == 0)
		sequence_send(s, blob_ref(command_of(s)->payload));
	else
		command_succeed(s);
}

void command_with_payload(struct admin *a, const struct node_id *node, uint8_t opcode,
			  const void *bytes, size_t len, admin_fn done, void *arg)
{
	struct command c = {.done = done, .arg = arg};

	command_prepare(&c.sequence, opcode, (uint32_t)len);
	c.sequence.x.req.flags = SD_FLAG_CMD_WRITE;
	c.payload = blob_new(bytes, len);
	command_start(a, node, c, payload_step);
}

void admin_disks(struct admin *a, const struct node_id *node, uint8_t opcode, const char *paths,
		 admin_fn done, void *arg)
{
	command_with_payload(a, node, opcode, paths, strlen(paths) + 1, done, arg);
}

void admin_throttle(struct admin *a, const struct node_id *node, uint32_t max, uint64_t interval,
		    admin_fn done, void *arg)
{
	struct recovery_throttling t = {.max_exec_count = max, .queue_work_interval = interval};
	uint8_t bytes[RECOVERY_THROTTLING_SIZE];

	recovery_throttling_encode(&t, bytes);
	command_with_payload(a, node, SD_OP_SET_RECOVERY, bytes, sizeof(bytes), done, arg);
}

static void kill_step(struct sequence *s)
{
	struct command *c = command_of(s);

	if (command_prelude(s))
		return;
	if (s->at == COMMAND_PRELUDE) {
		command_prepare(s, SD_OP_KILL_NODE, 0);
		sequence_send_aside(s, &c->node);
	} else {
		command_succeed(s);
	}
}

void admin_kill_node(struct admin *a, const struct node_id *via, const struct node_id *node,
		     admin_fn done, void *arg)
{
	command_start(a, via, (struct command){.node = *node, .done = done, .arg = arg}, kill_step);
}

void admin_set_level(struct admin *a, const struct node_id *via, enum dialect to, bool force,
		     admin_fn done, void *arg)
{
	struct command c = {.done = done, .arg = arg};

	command_prepare(&c.sequence, SD_OP_SET_LEVEL, 0);
	c.sequence.x.req.level.version = dialect_info(to)->version;
	c.sequence.x.req.level.family = dialect_info(to)->family;
	c.sequence.x.req.level.force = force;
	command_start(a, via, c, simple_step);
}

/* ------------------------------------------------------------------ the client */

struct admin *admin_new(struct universe *u, int place)
{
	struct admin *a = mem_alloc(sizeof *a);

	world_init(&a->world, u, place, 0);
	world_boot(&a->world);
	LIST_INIT(&a->commands);
	LIST_INIT(&a->dogs);
	LIST_INIT(&a->files);
	a->dialect = DIALECT_NEWEST;
	return a;
}

void admin_speak(struct admin *a, enum dialect d, uint8_t frontend)
{
	a->dialect = d;
	a->frontend = frontend;
}

void admin_free(struct admin *a)
{
	sequences_cancel(&a->commands);
	dogs_cancel(a);
	dog_files_free(a);
	world_free(&a->world);
	free(a);
}

const struct answer_tally *admin_tally(const struct admin *a)
{
	return &a->tally;
}
