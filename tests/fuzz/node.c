/*
 * A running node, and whatever a client may send it: it answers, or closes the connection, and the
 * simulation goes on. What the requests do to the cluster is their own fault.
 *
 * Input: 1 byte (the cluster), then for each request: 1 byte (odd: as many bytes follow as its
 * header says), header, length of what the input has of the payload (16 bits), these bytes.
 */
#include "fuzz.h"

#include "sheepsim/sheepsim.h"
#include "wire/records.h"

#define REQUESTS_MAX 16u
#define PAYLOAD_MAX  (128u << 10) /* an attribute has 66320 bytes */

/* Bits of the first byte. */
#define UNFORMATTED 0x01
#define CODED	    0x02
#define LOCKED	    0x04
#define RECOVERING  0x08

struct request {
	uint8_t head[WIRE_HEADER];
	uint8_t *payload;
	size_t len;
};

/* Three nodes; a VDI with one object; perhaps one of the nodes has just died. */
static struct sheepsim *make_cluster(uint8_t how)
{
	struct sheepsim_options options = {.nodes = 3, .event_budget = 200000};
	struct sheepsim_format format = {.copies = 2, .lock = how & LOCKED};
	struct sheepsim_vdi vdi = {.name = "alpha", .size = 16 << 20};
	struct sheepsim_client *client;
	struct sheepsim *sim;
	int error = sheepsim_open(&sim, &options);

	assert(error == 0);
	if (how & UNFORMATTED)
		return sim;
	if (how & CODED) {
		format.copies = 0;
		format.data_strips = 2;
		format.parity_strips = 1;
	}
	error = sheepsim_format(sim, &format);
	assert(error == 0);
	error = sheepsim_client_open(sim, 1, &client);
	assert(error == 0);
	error = sheepsim_vdi_create(client, &vdi);
	assert(error == 0);
	error = sheepsim_write(client, "alpha", 0, "data", 4);
	assert(error == 0);
	sheepsim_client_close(client);
	if (how & RECOVERING)
		sheepsim_kill(sim, 2);
	return sim;
}

static void take_request(struct input *in, struct request *r)
{
	bool exact = take_u8(in) & 1;
	size_t there;
	struct req q;

	take_bytes(in, r->head, sizeof(r->head));
	there = take_le16(in);
	req_decode(r->head, &q);
	if (q.flags & 1 && q.data_length > PAYLOAD_MAX) {
		q.data_length %= PAYLOAD_MAX;
		req_encode(&q, r->head);
	}
	r->len = there;
	if (exact)
		r->len = q.flags & 1 ? q.data_length : 0;
	if (there > r->len)
		there = r->len;
	r->payload = calloc(1, r->len + 1);
	assert(r->payload);
	take_bytes(in, r->payload, there);
}

/* An answer belongs to a request, and is no longer than that one left room for. */
static void check_answer(const struct request *requests, size_t nr, const uint8_t *head, size_t len)
{
	bool found = false;
	struct rsp p;
	struct req q;

	rsp_decode(head, &p);
	assert(p.data_length == len);
	for (size_t i = 0; i < nr && !found; i++) {
		req_decode(requests[i].head, &q);
		found = q.id == p.id && q.opcode == p.opcode && len <= q.data_length;
	}
	assert(found);
}

static void talk(struct sheepsim *sim, struct input *in)
{
	struct request requests[REQUESTS_MAX];
	struct sheepsim_conn *conn;
	size_t nr = 0, len, answers = 0;
	const uint8_t *payload;
	uint8_t head[WIRE_HEADER];
	int error = sheepsim_conn_open(sim, 0, &conn);

	assert(error == 0);
	while (nr < REQUESTS_MAX && in->left > 0) {
		struct request *r = &requests[nr++];

		take_request(in, r);
		if (sheepsim_conn_send(conn, r->head, r->payload, r->len) < 0)
			break; /* closed */
	}
	while (answers < nr &&
	       sheepsim_conn_receive(conn, SHEEPSIM_SECOND, head, &payload, &len) == 1) {
		check_answer(requests, nr, head, len);
		answers++;
	}
	sheepsim_conn_close(conn);
	while (nr > 0)
		free(requests[--nr].payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct sheepsim *sim = make_cluster(take_u8(&in));
	struct sheepsim_node_info info;
	int error;

	talk(sim, &in);
	error = sheepsim_run(sim, SHEEPSIM_SECOND);
	assert(error == 0 || error == SHEEPSIM_E_NO_PROGRESS);
	for (int node = 0; node < 3; node++) {
		error = sheepsim_node_info(sim, node, &info);
		assert(error == 0);
	}
	sheepsim_close(sim);
	return 0;
}
