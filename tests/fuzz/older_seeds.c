/* Seeds of what releases before 1.0 say: by their codecs, as nothing of it was captured. */
#include "seeds.h"

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/peer.h"
#include "wire/dialect.h"

static const struct node_rec nodes[2] = {
	{.nid = {.addr = {[12] = 127, 0, 0, 1}, .port = 7000}, .nr_vnodes = 64, .zone = 1},
	{.nid = {.addr = {[12] = 127, 0, 0, 1}, .port = 7001}, .nr_vnodes = 64, .zone = 2},
};

static uint8_t dialect_byte(enum dialect d)
{
	return (uint8_t)(d - DIALECT_05);
}

/* As the target "structures" takes it; drops the blob. */
static void structure(uint8_t what, enum dialect d, uint32_t number, struct blob *b)
{
	uint8_t front[6] = {what, dialect_byte(d)};
	struct seed s = {.len = 0};

	put_le32(front + 2, number);
	seed_add(&s, front, sizeof(front));
	seed_add_blob(&s, b);
	seed_write("structures", &s);
	blob_unref(b);
}

/* An answer with this payload, as the target "traffic" takes it; drops the blob. */
static void answer(enum dialect d, uint8_t opcode, struct blob *payload)
{
	uint8_t front = dialect_byte(d), how = 3, head[WIRE_HEADER];
	struct seed s = {.len = 0};
	struct req q;
	struct rsp p;

	req_init(&q, opcode);
	if (opcode >= SD_OP_INTERNAL)
		q.proto_ver = dialect_info(d)->version;
	q.variant = dialect_req_variant(d, opcode);
	q.data_length = (uint32_t)blob_size(payload);
	seed_add(&s, &front, 1);
	req_encode(&q, head);
	seed_add(&s, head, sizeof(head));
	rsp_init(&p, &q, 0);
	p.variant = dialect_rsp_variant(d, opcode);
	rsp_encode(&p, head);
	seed_add(&s, head, sizeof(head));
	seed_add(&s, &how, 1);
	seed_add_blob(&s, payload);
	seed_write("traffic", &s);
	blob_unref(payload);
}

static struct blob *log_of(enum dialect d)
{
	struct epoch_log log = {.epoch = 3, .nr_nodes = 1, .nr_copies = 3};
	uint8_t head[EPOCH_LOG_HEAD];

	dialect_log_encode(d, &log, head);
	return blob_write(blob_zero(dialect_log_size(d, 1)), 0, head, dialect_info(d)->log_head);
}

/* What every release has. */
static void common(enum dialect d)
{
	structure(0, d, 2, dialect_nodes_encode(d, nodes, 2));
	structure(1, d, 0, dialect_epoch_encode(d, nodes, 2, 1700000000));
	structure(2, d, 0, log_of(d));
	structure(10, d, 0, blob_write(blob_zero(4700), 4664, "\x2b\x20\xed", 3));
	answer(d, SD_OP_GET_NODE_LIST, dialect_nodes_encode(d, nodes, 2));
	answer(d, SD_OP_GET_EPOCH, dialect_epoch_encode(d, nodes, 2, 1700000000));
	answer(d, SD_OP_STAT_CLUSTER, log_of(d));
	answer(d, SD_OP_READ_OBJ, blob_zero(512));
	answer(d, SD_OP_NEW_VDI, blob_zero(0));
}

void write_older_seeds(void)
{
	struct join_message join = {.proto_ver = 7, .nr_nodes = 2, .store = "farm"};
	struct cluster_info ci = {.proto_ver = 8, .nr_nodes = 2, .default_store = "plain"};
	struct vdi_state state = {.vid = 0xed202b, .nr_copies = 3};

	for (int i = DIALECT_05; i < NR_DIALECTS; i++) {
		enum dialect d = (enum dialect)i;

		common(d);
		if (dialect_info(d)->vdi_state_size)
			answer(d, SD_OP_GET_VDI_COPIES, dialect_vdi_states_encode(d, &state, 1));
		if (d < DIALECT_08) {
			structure(3, d, 0, join_message_encode(d, &join, nodes));
			structure(6, d, 0, join_message_encode(d, &join, nodes));
		} else {
			structure(6, d, 0, dialect_cluster_info_encode(d, &ci, nodes, 0));
		}
	}
	for (uint32_t layout = 0; layout < 3; layout++)
		structure(4, DIALECT_0A, layout, blob_write(blob_zero(700), 0, "alpha\0\0\0", 8));
}
