#include "gateway.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/random.h"
#include "wire/ops.h"

struct fake_object {
	uint64_t oid;
	struct blob *content;
	UT_hash_handle hh;
};

/* ------------------------------------------------------------------ objects */

static struct fake_object *find(const struct gateway *g, uint64_t oid)
{
	struct fake_object *o = NULL;

	HASH_FIND(hh, g->objects, &oid, sizeof oid, o);
	return o;
}

struct blob *gateway_object(const struct gateway *g, uint64_t oid)
{
	const struct fake_object *o = find(g, oid);

	return o ? o->content : NULL;
}

/* Consumes content. */
static void put(struct gateway *g, uint64_t oid, struct blob *content)
{
	struct fake_object *o = find(g, oid);

	if (!o) {
		o = mem_alloc(sizeof *o);
		o->oid = oid;
		HASH_ADD(hh, g->objects, oid, sizeof o->oid, o);
	}
	blob_unref(o->content);
	o->content = content;
}

uint32_t gateway_index(const struct gateway *g, uint32_t vid, uint32_t i)
{
	return inode_data_vid(gateway_object(g, sd_vid_to_inode_oid(vid)), 0, i);
}

static void put_inode(struct gateway *g, uint32_t vid, struct blob *content)
{
	struct inode_head head = {
		.name = "alpha",
		.vdi_size = 64 * MIB,
		.nr_copies = g->copies,
		.block_size_shift = 22,
		.vdi_id = vid,
		.snap_id = 1,
	};
	uint8_t bytes[INODE_HEAD];

	inode_head_encode(&head, bytes);
	put(g, sd_vid_to_inode_oid(vid), blob_write(content, 0, bytes, sizeof bytes));
}

void gateway_snapshot(struct gateway *g)
{
	struct blob *old = gateway_object(g, sd_vid_to_inode_oid(g->vid));

	put_inode(g, ++g->vid, blob_ref(old));
}

/* ------------------------------------------------------------------ answering */

static void send_answer(struct gateway *g, struct conn *c, const struct rsp *p,
			struct blob *payload)
{
	struct kept_answer *k;
	uint8_t head[WIRE_HEADER];

	rsp_encode(p, head);
	if (!g->keep) {
		conn_send(c, head, payload);
		return;
	}
	assert_true(g->nr_kept < sizeof g->kept / sizeof g->kept[0]);
	k = &g->kept[g->nr_kept++];
	k->conn = c;
	k->payload = payload ? blob_ref(payload) : NULL;
	memcpy(k->head, head, sizeof head);
}

void gateway_answer(struct gateway *g, unsigned i)
{
	assert_true(i < g->nr_kept && g->kept[i].conn);
	conn_send(g->kept[i].conn, g->kept[i].head, g->kept[i].payload);
}

static void log_request(struct gateway *g, const struct conn *c, const struct req *q)
{
	char name[8];

	text_add(&g->log, "%d %s", c->world->place, op_name(q->opcode, name));
	if (q->variant == VARIANT_OBJ) {
		text_add(&g->log, " %016llx %u+%u", (unsigned long long)q->obj.oid, q->obj.offset,
			 q->data_length);
		if (q->flags & SD_FLAG_CMD_COW)
			text_add(&g->log, " cow %016llx", (unsigned long long)q->obj.cow_oid);
	}
	text_add(&g->log, "\n");
}

static uint32_t create(struct gateway *g, const struct req *q, struct blob *payload)
{
	struct blob *content;

	if (sd_oid_vid(q->obj.oid) != g->vid)
		return SD_RES_READONLY;
	if (q->flags & SD_FLAG_CMD_COW)
		content = blob_ref(gateway_object(g, q->obj.cow_oid));
	else
		content = blob_zero(4 * MIB);
	put(g, q->obj.oid, blob_overlay(content, q->obj.offset, payload));
	return SD_RES_SUCCESS;
}

static uint32_t write_object(struct gateway *g, const struct req *q, struct blob *payload)
{
	struct fake_object *o = find(g, q->obj.oid);

	if (!o)
		return SD_RES_NO_OBJ;
	if (!sd_oid_is_inode(q->obj.oid) && sd_oid_vid(q->obj.oid) != g->vid)
		return SD_RES_READONLY;
	o->content = blob_overlay(o->content, q->obj.offset, payload);
	return SD_RES_SUCCESS;
}

static uint32_t lookup(const struct gateway *g, const struct blob *payload, struct rsp *p)
{
	char names[512];

	if (blob_size(payload) != sizeof names)
		return SD_RES_INVALID_PARMS;
	blob_read(payload, 0, names, sizeof names);
	if (strcmp(names, "alpha") != 0)
		return SD_RES_NO_VDI;
	p->vdi.vdi_id = strcmp(names + 256, "old") == 0 ? ALPHA : g->vid;
	return SD_RES_SUCCESS;
}

/* Does what is asked; *data: the payload of the answer. */
static uint32_t perform(struct gateway *g, const struct req *q, struct blob *payload, struct rsp *p,
			struct blob **data)
{
	struct blob *content;

	if (g->fail_count && q->opcode == g->fail_opcode) {
		g->fail_count--;
		return g->fail_result;
	}
	switch (q->opcode) {
	case SD_OP_LOCK_VDI:
	case SD_OP_GET_VDI_INFO:
		return lookup(g, payload, p);
	case SD_OP_RELEASE_VDI:
		return SD_RES_SUCCESS;
	case SD_OP_READ_OBJ:
		content = gateway_object(g, q->obj.oid);
		if (!content)
			return SD_RES_NO_OBJ;
		*data = blob_slice(content, q->obj.offset, q->data_length);
		return SD_RES_SUCCESS;
	case SD_OP_WRITE_OBJ:
		return write_object(g, q, payload);
	case SD_OP_CREATE_AND_WRITE_OBJ:
		return create(g, q, payload);
	default:
		return SD_RES_INVALID_PARMS;
	}
}

static void request_came(struct conn *c, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct gateway *g = c->owner;
	struct blob *data = NULL;
	struct req q;
	struct rsp p;

	req_decode(head, &q);
	memcpy(g->head, head, sizeof g->head);
	log_request(g, c, &q);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.result = perform(g, &q, payload, &p, &data);
	p.data_length = (uint32_t)blob_size(data);
	send_answer(g, c, &p, data);
	blob_unref(data);
}

static void client_closed(struct conn *c)
{
	(void)c;
}

static const struct conn_handler handler = {.frame = request_came, .closed = client_closed};

static void client_came(void *owner, struct conn *c)
{
	struct gateway *g = owner;

	c->handler = &handler;
	c->owner = g;
	g->calls++;
}

/* ------------------------------------------------------------------ life */

struct node_id gateway_id(int node)
{
	struct node_id id = {.addr[12] = 127, .addr[15] = 1};

	id.port = (uint16_t)(7000 + node);
	return id;
}

void gateway_start(struct gateway *g, int node)
{
	struct node_id id = gateway_id(node);

	world_boot(&g->nodes[node]);
	world_listen(&g->nodes[node], &id, client_came, g);
}

void gateway_stop(struct gateway *g, int node)
{
	world_crash(&g->nodes[node]);
}

struct gateway *gateway_open(void)
{
	return gateway_open_as("default", false, ALPHA, 3);
}

struct gateway *gateway_open_as(const char *dialect, bool writeback, uint32_t vid, uint8_t copies)
{
	struct gateway *g = mem_alloc(sizeof *g);
	struct frontend_options o = {
		.place = 100,
		.gateway = gateway_id(0),
		.locks = true,
		.writeback = writeback,
		.generation = generation_find(dialect),
	};

	assert_non_null(o.generation);

	universe_init(&g->u, 1);
	g->u.speed.net_jitter = 0;
	g->u.speed.net_byte_ps = 0;
	for (int i = 0; i < GATEWAYS; i++) {
		world_init(&g->nodes[i], &g->u, i, 0);
		gateway_start(g, i);
	}
	g->vid = vid;
	g->copies = copies;
	put_inode(g, vid, blob_zero(SD_INODE_SIZE));
	g->client = frontend_new(&g->u, &o);
	return g;
}

void gateway_close(struct gateway *g)
{
	struct fake_object *o, *next;

	if (g->client)
		frontend_free(g->client);
	for (int i = 0; i < GATEWAYS; i++)
		world_free(&g->nodes[i]);
	for (unsigned i = 0; i < g->nr_kept; i++)
		blob_unref(g->kept[i].payload);
	universe_free(&g->u);
	HASH_ITER (hh, g->objects, o, next) {
		HASH_DELETE(hh, g->objects, o);
		blob_unref(o->content);
		free(o);
	}
	blob_unref(g->last.data);
	text_free(&g->log);
	free(g);
}

void gateway_run(struct gateway *g)
{
	while (clock_step(&g->u.clock))
		;
}

void gateway_run_for(struct gateway *g, uint64_t ns)
{
	uint64_t end = g->u.clock.now + ns;

	while (clock_next(&g->u.clock) <= end)
		clock_step(&g->u.clock);
}

void gateway_expect(struct gateway *g, const char *text)
{
	assert_string_equal(text_get(&g->log), text);
	text_clear(&g->log);
}

/* ------------------------------------------------------------------ the client */

static void ended(void *arg, const struct outcome *o)
{
	struct gateway *g = arg;

	g->ended++;
	blob_unref(g->last.data);
	g->last = *o;
	if (o->data)
		blob_ref(o->data);
}

void gateway_write(struct gateway *g, uint64_t offset, struct blob *data)
{
	struct vdi_name alpha = {.name = "alpha"};

	frontend_write(g->client, &alpha, offset, data, ended, g);
	blob_unref(data);
}

void gateway_read(struct gateway *g, const char *vdi, uint64_t offset, uint64_t len)
{
	struct vdi_name name;

	assert_int_equal(vdi_name_parse(&name, vdi), 0);
	frontend_read(g->client, &name, offset, len, ended, g);
}

struct blob *gateway_bytes(uint64_t seed, uint64_t len)
{
	uint8_t *bytes = mem_alloc(len);
	struct blob *b;

	for (uint64_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(random_keyed(seed, "bytes", i / 8, 0, 0) >> (i % 8 * 8));
	b = blob_new(bytes, len);
	free(bytes);
	return b;
}
