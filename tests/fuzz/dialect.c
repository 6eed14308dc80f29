/*
 * What older releases say: what is accepted says the same when it is said again in the same
 * dialect.
 *
 * Input: 1 byte (what), 1 byte (dialect), bytes.
 */
#include "fuzz.h"

#include "sheepsim/wire/header.h"
#include "wire/dialect.h"

static void vdi_states(enum dialect d, struct blob *b)
{
	struct wire_error err;
	struct vdi_state *states, *again;
	struct blob *said;
	size_t n, n_again;

	if (dialect_vdi_states_decode(d, b, &states, &n, &err) < 0) {
		check_error(&err, blob_size(b));
		assert(!states && n == 0);
		return;
	}
	assert(n <= blob_size(b) / dialect_info(d)->vdi_state_size);
	for (size_t i = 0; i < n; i++)
		assert(states[i].nr_participants <= MAX_PARTICIPANTS);
	said = dialect_vdi_states_encode(d, states, n);
	assert(dialect_vdi_states_decode(d, said, &again, &n_again, NULL) == 0);
	assert(n == n_again);
	assert(n == 0 || memcmp(states, again, n * sizeof(*states)) == 0);
	blob_unref(said);
	free(states);
	free(again);
}

static void cluster_info(enum dialect d, struct blob *b)
{
	struct wire_error err;
	struct cluster_info ci, again;
	struct node_rec *nodes, *nodes_again;
	struct blob *said;

	if (dialect_cluster_info_decode(d, b, &ci, &nodes, &err) < 0) {
		check_error(&err, blob_size(b));
		assert(!nodes);
		return;
	}
	said = dialect_cluster_info_encode(d, &ci, nodes, 0);
	assert(dialect_cluster_info_decode(d, said, &again, &nodes_again, NULL) == 0);
	/* what is said again: the layout's version, and texts up to their NUL */
	if (ci.proto_ver)
		ci.proto_ver = dialect_info(d)->version;
	for (size_t len = strlen(ci.default_store); len < sizeof(ci.default_store); len++)
		ci.default_store[len] = '\0';
	assert(memcmp(&ci, &again, sizeof(ci)) == 0);
	blob_unref(said);
	free(nodes);
	free(nodes_again);
}

static void offer(struct blob *b)
{
	struct dialect_offer offer, again;
	struct cluster_info ci = {0};
	struct wire_error err;
	struct blob *said;
	char text[24];

	if (dialect_offer_get(b, &offer, &err) < 0) {
		check_error(&err, blob_size(b));
		return;
	}
	if (offer.speaks.highest == DIALECT_NONE)
		return;
	assert(offer.speaks.lowest != DIALECT_NONE);
	assert(offer.speaks.lowest <= offer.speaks.highest);
	dialect_range_text(&offer.speaks, text);
	if (offer.speaks.highest < DIALECT_08)
		return; /* no node is of it */
	if (!dialect_in(offer.level, &offer.speaks))
		offer.level = DIALECT_NONE; /* which no node says */
	dialect_offer_put(&ci, &offer);
	said = dialect_cluster_info_encode(offer.speaks.highest, &ci, NULL, 0);
	assert(dialect_offer_get(said, &again, NULL) == 0);
	assert(again.speaks.highest == offer.speaks.highest);
	blob_unref(said);
}

/* What came from a dialect goes back to it as it came; then nothing changes any more. */
static void headers(enum dialect d, struct blob *b)
{
	uint8_t head[WIRE_HEADER], first[WIRE_HEADER], second[WIRE_HEADER];
	struct req q;
	struct rsp p;

	blob_read(b, 0, head, sizeof(head));
	req_decode(head, &q);
	for (int i = 0; i < 2; i++) {
		dialect_req_receive(d, &q);
		dialect_refuses(d, &q);
		dialect_req_send(d, &q);
		req_encode(&q, i == 0 ? first : second);
	}
	assert(memcmp(first, second, sizeof(first)) == 0);
	rsp_decode(head, &p);
	for (int i = 0; i < 2; i++) {
		dialect_rsp_receive(d, head[1], &p);
		dialect_rsp_send(d, head[1], &p);
		rsp_encode(&p, i == 0 ? first : second);
	}
	assert(memcmp(first, second, sizeof(first)) == 0);
}

/* Payloads that came from a dialect are the same inside when they have gone back to it. */
static void payload(enum dialect d, struct blob *b)
{
	uint64_t size = blob_size(b), rest = size > WIRE_HEADER ? size - WIRE_HEADER : 0;
	struct blob *came = rest ? blob_slice(b, WIRE_HEADER, rest) : NULL;
	struct blob *inside, *said, *again;
	uint8_t head[WIRE_HEADER];
	struct req q;
	struct rsp p;

	blob_read(b, 0, head, sizeof(head));
	req_decode(head, &q);
	dialect_req_receive(d, &q);
	for (int answer = 0; answer < 2; answer++) {
		inside = dialect_payload_receive(d, &q, answer, came);
		said = dialect_payload_send(d, q.opcode, answer, inside);
		again = dialect_payload_receive(d, &q, answer, said);
		assert((inside == NULL) == (came == NULL));
		/* what is of no layout of its own stays as it is, and may be one of the other */
		assert(inside == came || blob_equal(inside, again));
		blob_unref(inside);
		blob_unref(said);
		blob_unref(again);
	}
	q.data_length %= 1 << 16; /* nodes ask for what they have room for */
	rsp_decode(head, &p);
	inside = dialect_answer_receive(d, &q, &p, came);
	assert(p.result != SD_RES_SUCCESS || !dialect_trims(d, &q) ||
	       blob_size(inside) == q.data_length);
	blob_unref(inside);
	blob_unref(came);
}

/* What was left out of a read comes back. */
static void trimmed(struct input *in)
{
	uint32_t at = take_le32(in);
	struct blob *b = take_blob(in, in->left);
	uint64_t front;
	struct blob *rest = dialect_trim(b, at, &front);
	struct blob *whole = dialect_expand(rest, front, blob_size(b));

	assert(front + blob_size(rest) <= blob_size(b));
	assert(blob_equal(whole, b));
	blob_unref(whole);
	blob_unref(rest);
	blob_unref(b);
}

static void range(struct input *in)
{
	char *text = take_string(in), again[24];
	struct dialect_range r;

	if (dialect_range_parse(text, &r)) {
		assert(r.lowest > DIALECT_NONE && r.lowest <= r.highest);
		assert(r.highest < NR_DIALECTS);
		dialect_range_text(&r, again);
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint8_t what = take_u8(&in) % 7;
	enum dialect d = (enum dialect)(DIALECT_08 + take_u8(&in) % (NR_DIALECTS - DIALECT_08));
	struct blob *b;

	if (what == 4) {
		range(&in);
		return 0;
	}
	if (what == 6) {
		trimmed(&in);
		return 0;
	}
	b = take_blob(&in, in.left);
	switch (what) {
	case 0:
		vdi_states(d, b);
		break;
	case 1:
		cluster_info(d, b);
		break;
	case 2:
		offer(b);
		break;
	case 5:
		payload(d, b);
		break;
	default:
		headers(d, b);
		break;
	}
	blob_unref(b);
	return 0;
}
