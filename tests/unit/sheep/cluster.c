#include "cluster.h"

#include <stdio.h>
#include <stdlib.h>

#include "wire/text.h"

#define GIB (UINT64_C(1) << 30)

/* ------------------------------------------------------------------ life */

static void process_gone(struct cluster_node *n)
{
	world_crash(&n->world);
	sheep_free(n->sheep);
	n->sheep = NULL;
}

static void node_ended(void *owner, int status, const char *why)
{
	struct cluster_node *n = owner;

	(void)status;
	n->ended = true;
	snprintf(n->why, sizeof(n->why), "%s", why);
}

static struct node_id node_address(int i)
{
	struct node_id id = {.port = (uint16_t)(7000 + i)};

	id.addr[12] = 127;
	id.addr[15] = 1;
	return id;
}

static int cmp_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void note_event(struct trace_sink *sink, const struct trace_event *e)
{
	struct cluster *c = container_of(sink, struct cluster, sink);
	struct req q;

	if (e->kind == TRACE_ALERT)
		c->alerts++;
	if (e->kind != TRACE_SEND || e->answer || e->place >= TRACE_CLIENT || !e->head)
		return;
	req_decode(e->head, &q);
	text_add(&c->sent, "%d>%d ", e->place, (int)e->num[0]);
	req_text(DIALECT_NEWEST, &c->sent, &q);
	text_add(&c->sent, "\n");
}

static struct cluster *cluster_new(void)
{
	struct cluster *c = mem_alloc(sizeof(*c));

	universe_init(&c->u, 1);
	c->commons = commons_new();
	c->hub = hub_new(&c->u, c->commons, NULL);
	c->sink.event = note_event;
	trace_add_sink(&c->u.trace, &c->sink);
	for (int i = 0; i < CLUSTER_NODES; i++) {
		c->node[i] =
			(struct cluster_node){.cluster = c, .place = i, .quirks = quirks_usual};
		world_init(&c->node[i].world, &c->u, i, 1);
		c->node[i].store =
			store_memory_new(&(struct store_disk_config){"/store/0/obj", 4 * GIB}, 1);
	}
	world_init(&c->client, &c->u, TRACE_CLIENT, 0);
	world_boot(&c->client);
	return c;
}

static struct cluster *cluster_begin(struct cluster *c, int n)
{
	for (int i = 0; i < n; i++) {
		cluster_start(c, i);
		cluster_settle(c);
	}
	return c;
}

struct cluster *cluster_open_raw(int n)
{
	return cluster_begin(cluster_new(), n);
}

struct cluster *cluster_open_as(int n, const char *versions)
{
	struct cluster *c = cluster_new();
	struct dialect_range range;

	assert_true(dialect_range_parse(versions, &range));
	for (int i = 0; i < CLUSTER_NODES; i++)
		c->node[i].peer = range;
	c->dialect = range.lowest;
	return cluster_begin(c, n);
}

struct cluster *cluster_open(int n, uint8_t copies, uint16_t flags)
{
	struct cluster *c = cluster_open_raw(n);

	cluster_format(c, copies, 0, flags);
	cluster_drop_sent(c);
	return c;
}

void cluster_close(struct cluster *c)
{
	for (int i = 0; i < CLUSTER_NODES; i++) {
		if (c->node[i].sheep)
			process_gone(&c->node[i]);
		store_close(c->node[i].store);
		world_free(&c->node[i].world);
	}
	world_free(&c->client);
	hub_free(c->hub);
	commons_free(c->commons);
	trace_remove_sink(&c->u.trace, &c->sink);
	universe_free(&c->u);
	text_free(&c->sent);
	free(c);
}

void cluster_start(struct cluster *c, int i)
{
	struct cluster_node *n = &c->node[i];
	struct sheep_options options = {
		.rec = {.nid = node_address(i), .zone = (uint32_t)i + 1, .space = 4 * GIB},
		.auto_vnodes = true,
		.peer = n->peer,
		.journal = n->journal,
		.quirks = &n->quirks,
		.ended = node_ended,
		.owner = n,
	};

	assert_null(n->sheep);
	n->ended = false;
	world_boot(&n->world);
	n->sheep = sheep_new(&n->world, c->commons, c->hub, n->store, &options);
	sheep_start(n->sheep);
}

void cluster_kill(struct cluster *c, int i)
{
	assert_non_null(c->node[i].sheep);
	process_gone(&c->node[i]);
}

static bool cluster_step(struct cluster *c)
{
	bool more = clock_step(&c->u.clock);

	for (int i = 0; i < CLUSTER_NODES; i++) {
		if (c->node[i].ended && c->node[i].sheep)
			process_gone(&c->node[i]);
	}
	return more;
}

void cluster_settle(struct cluster *c)
{
	for (int i = 0; cluster_step(c); i++)
		assert_true(i < 1000000);
}

void cluster_run(struct cluster *c, uint64_t ns)
{
	uint64_t end = c->u.clock.now + ns;

	while (clock_next(&c->u.clock) <= end)
		cluster_step(c);
	c->u.clock.now = end;
}

void cluster_format(struct cluster *c, uint8_t copies, uint8_t policy, uint16_t flags)
{
	struct req q;

	req_init(&q, SD_OP_MAKE_FS);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = 6;
	q.cluster.copies = copies;
	q.cluster.copy_policy = policy;
	q.cluster.flags = flags | SD_CLUSTER_FLAG_AUTO_VNODES;
	q.cluster.ctime = 0x6b02954600000001;
	assert_int_equal(ask_result(c, 0, &q, blob_new("plain", 6)), SD_RES_SUCCESS);
	cluster_settle(c);
}

void cluster_drop_sent(struct cluster *c)
{
	text_clear(&c->sent);
}

static bool line_is_of(const char *line, const char *operations)
{
	const char *name = strchr(line, ' ') + 1;
	size_t len = strcspn(name, " ");

	for (const char *op = operations; *op; op += strspn(op, " ")) {
		size_t n = strcspn(op, " ");

		if (n == len && strncmp(op, name, n) == 0)
			return true;
		op += n;
	}
	return false;
}

void cluster_expect_sent(struct cluster *c, const char *operations, const char *text)
{
	char *all = mem_string(text_get(&c->sent)), *save = NULL;
	char *lines[1000];
	struct text sorted = {0};
	size_t nr = 0;

	for (char *l = strtok_r(all, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		assert_true(nr < 1000);
		if (line_is_of(l, operations))
			lines[nr++] = l;
	}
	qsort(lines, nr, sizeof(lines[0]), cmp_lines);
	for (size_t i = 0; i < nr; i++)
		text_add(&sorted, "%s\n", lines[i]);
	assert_string_equal(text_get(&sorted), text);
	text_free(&sorted);
	free(all);
	cluster_drop_sent(c);
}

/* ------------------------------------------------------------------ asking */

static void ask_frame(struct conn *conn, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct ask *a = conn->owner;

	a->answered = true;
	rsp_decode(head, &a->answer.p);
	if (a->dialect != DIALECT_NONE)
		dialect_rsp_receive(a->dialect, a->q.opcode, &a->answer.p);
	a->answer.out = payload ? blob_ref(payload) : NULL;
}

static void ask_closed(struct conn *conn)
{
	struct ask *a = conn->owner;

	a->closed = true;
	a->conn = NULL;
}

static const struct conn_handler ask_handler = {.frame = ask_frame, .closed = ask_closed};

struct ask *ask_begin(struct cluster *c, int i, const struct req *q, struct blob *payload)
{
	struct ask *a = mem_alloc(sizeof(*a));
	struct node_id id = node_address(i);
	uint8_t head[WIRE_HEADER];

	a->q = *q;
	a->dialect = c->dialect;
	if (a->dialect != DIALECT_NONE)
		dialect_req_send(a->dialect, &a->q);
	a->conn = world_connect(&c->client, &id, &ask_handler, a);
	assert_non_null(a->conn);
	req_encode(&a->q, head);
	conn_send(a->conn, head, payload);
	blob_unref(payload);
	return a;
}

struct answer ask_end(struct cluster *c, struct ask *a)
{
	struct answer answer;

	for (int i = 0; !a->answered && !a->closed && cluster_step(c); i++)
		assert_true(i < 1000000);
	answer = a->answer;
	if (!a->answered)
		answer.p.result = UINT32_MAX; /* the node is gone, or will never answer */
	if (a->conn)
		conn_close(a->conn);
	free(a);
	return answer;
}

struct answer ask(struct cluster *c, int i, const struct req *q, struct blob *payload)
{
	return ask_end(c, ask_begin(c, i, q, payload));
}

uint32_t ask_result(struct cluster *c, int i, const struct req *q, struct blob *payload)
{
	struct answer a = ask(c, i, q, payload);

	blob_unref(a.out);
	return a.p.result;
}

/* ------------------------------------------------------------------ requests */

struct blob *name_payload(const char *name)
{
	char bytes[256] = {0};

	memcpy(bytes, name, strlen(name));
	return blob_new(bytes, sizeof(bytes));
}

struct blob *tag_payload(const char *name, const char *tag)
{
	char bytes[512] = {0};

	memcpy(bytes, name, strlen(name));
	memcpy(bytes + 256, tag, strlen(tag));
	return blob_new(bytes, sizeof(bytes));
}

struct req req_new_vdi(uint32_t base_vid, uint32_t snapid)
{
	struct req q;

	req_init(&q, SD_OP_NEW_VDI);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = 256;
	q.vdi.vdi_size = 16 << 20;
	q.vdi.base_vdi_id = base_vid;
	q.vdi.snapid = snapid;
	return q;
}

struct req req_name(uint8_t opcode, uint32_t length, uint32_t snapid, uint32_t type)
{
	struct req q;

	req_init(&q, opcode);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = length;
	q.vdi.snapid = snapid;
	q.vdi.type = type;
	return q;
}

uint32_t new_vdi(struct cluster *c, int i, const char *name, uint32_t base_vid, uint32_t snapid)
{
	struct req q = req_new_vdi(base_vid, snapid);
	struct answer a = ask(c, i, &q, name_payload(name));

	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_null(a.out);
	cluster_settle(c);
	return a.p.vdi.vdi_id;
}

uint32_t lookup(struct cluster *c, int i, const char *name, const char *tag, uint32_t snapid,
		uint32_t result)
{
	struct req q = req_name(SD_OP_GET_VDI_INFO, 512, snapid, 0);
	struct answer a = ask(c, i, &q, tag_payload(name, tag));

	assert_int_equal(a.p.result, result);
	return a.p.vdi.vdi_id;
}

uint32_t lock(struct cluster *c, int i, const char *name, uint32_t type)
{
	struct req q = req_name(SD_OP_LOCK_VDI, 256, 0, type);
	uint32_t result = ask_result(c, i, &q, name_payload(name));

	cluster_settle(c);
	return result;
}

void release(struct cluster *c, int i, uint32_t vid, uint32_t type)
{
	struct req q;

	req_init(&q, SD_OP_RELEASE_VDI);
	q.vdi.base_vdi_id = vid;
	q.vdi.type = type;
	assert_int_equal(ask_result(c, i, &q, NULL), SD_RES_SUCCESS);
	cluster_settle(c);
}

uint32_t del_vdi(struct cluster *c, int i, const char *name, const char *tag)
{
	struct req q = req_name(SD_OP_DEL_VDI, 512, 0, 0);
	uint32_t result = ask_result(c, i, &q, tag_payload(name, tag));

	cluster_settle(c);
	return result;
}

struct blob *read_object(struct cluster *c, int i, uint64_t oid, uint32_t offset, uint32_t length,
			 uint16_t flags, uint32_t *result)
{
	struct req q;
	struct answer a;

	req_init(&q, SD_OP_READ_OBJ);
	q.flags = flags;
	q.data_length = length;
	q.obj.oid = oid;
	q.obj.offset = offset;
	a = ask(c, i, &q, NULL);
	*result = a.p.result;
	if (a.p.result == SD_RES_SUCCESS)
		assert_int_equal(blob_size(a.out), length);
	else
		assert_null(a.out);
	return a.out;
}

uint32_t write_object(struct cluster *c, int i, uint8_t opcode, uint64_t oid, uint32_t offset,
		      struct blob *data, uint16_t flags)
{
	struct req q;

	req_init(&q, opcode);
	q.flags = SD_FLAG_CMD_WRITE | flags;
	q.data_length = (uint32_t)blob_size(data);
	q.obj.oid = oid;
	q.obj.offset = offset;
	return ask_result(c, i, &q, data);
}

void create_data(struct cluster *c, uint32_t vid, uint32_t idx, uint8_t value)
{
	uint8_t bytes[512];

	memset(bytes, value, sizeof(bytes));
	assert_int_equal(write_object(c, 0, SD_OP_CREATE_AND_WRITE_OBJ,
				      sd_vid_to_data_oid(vid, idx), 0,
				      blob_new(bytes, sizeof(bytes)), 0),
			 SD_RES_SUCCESS);
}

uint32_t write_index(struct cluster *c, uint32_t vid, uint32_t first, const uint32_t *vids,
		     uint32_t nr)
{
	uint8_t bytes[64];
	uint32_t result;

	assert_true(4 * nr <= sizeof(bytes));
	for (uint32_t i = 0; i < nr; i++)
		put_le32(bytes + 4 * i, vids[i]);
	result = write_object(c, 0, SD_OP_WRITE_OBJ, sd_vid_to_inode_oid(vid),
			      INODE_DATA_VIDS + 4 * first, blob_new(bytes, 4 * nr), 0);
	cluster_settle(c); /* references are dropped after the answer */
	return result;
}

static struct blob *read_inode(struct cluster *c, uint32_t vid, uint32_t offset, uint32_t length)
{
	uint32_t result;
	struct blob *b = read_object(c, 0, sd_vid_to_inode_oid(vid), offset, length, 0, &result);

	assert_int_equal(result, SD_RES_SUCCESS);
	return b;
}

struct inode_head read_head(struct cluster *c, uint32_t vid)
{
	struct blob *b = read_inode(c, vid, 0, INODE_HEAD);
	struct inode_head head;

	assert_int_equal(inode_head_decode(b, &head, NULL), 0);
	blob_unref(b);
	return head;
}

struct gref read_gref(struct cluster *c, uint32_t vid, uint32_t idx)
{
	uint32_t offset = INODE_GREFS + 8 * idx;
	struct blob *b = read_inode(c, vid, offset, 8);
	struct gref ref = inode_gref(b, offset, idx);

	blob_unref(b);
	return ref;
}

uint32_t read_index(struct cluster *c, uint32_t vid, uint32_t idx)
{
	uint32_t offset = INODE_DATA_VIDS + 4 * idx;
	struct blob *b = read_inode(c, vid, offset, 4);
	uint32_t entry = inode_data_vid(b, offset, idx);

	blob_unref(b);
	return entry;
}

bool object_exists(struct cluster *c, uint64_t oid)
{
	uint32_t result;
	struct blob *b = read_object(c, 0, oid, 0, 1, 0, &result);

	blob_unref(b);
	assert_true(result == SD_RES_SUCCESS || result == SD_RES_NO_OBJ);
	return result == SD_RES_SUCCESS;
}

struct vdi_state vdi_known(const struct cluster *c, int i, uint32_t vid)
{
	const struct sheep *s = c->node[i].sheep;
	const struct vdi *v = vdi_find(s, vid);
	struct vdi_state state;

	assert_non_null(v);
	vdi_state_of(v, &state);
	return state;
}
