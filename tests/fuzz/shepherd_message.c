/*
 * Messages of shepherd: what is accepted is encoded again to the same bytes, but for what is
 * nobody's: padding of member records, unused slots, bytes that a length counts too much.
 *
 * Input: 1 byte (bit 0: to the server; bit 1: the length in the header is made right; bits 2-3: the
 * body is filled up with zeros to the size of one with member lists; bit 4: it is of 0.7), the
 * message.
 */
#include "fuzz.h"

#include "base/text.h"
#include "wire/shepherd_message.h"
#include "wire/text.h"

struct fields {
	uint64_t at, size;
};

static void next_field(void *arg, const char *name, uint64_t offset, uint64_t len,
		       const char *value)
{
	struct fields *f = arg;

	assert(name[0] != '\0' && value != NULL);
	assert(offset >= f->at && len > 0 && len <= f->size && offset <= f->size - len);
	f->at = offset;
}

static bool same_node(const struct node_rec *a, const struct node_rec *b)
{
	uint8_t x[NODE_RECORD_SIZE], y[NODE_RECORD_SIZE];

	node_rec_encode(a, x);
	node_rec_encode(b, y);
	return memcmp(x, y, sizeof(x)) == 0;
}

/* Encoding drops only what decoding does not look at. */
static void check_again(enum dialect d, const struct shepherd_message *m, uint64_t size)
{
	struct blob *b = shepherd_message_encode(d, m);
	struct shepherd_message again;
	struct text t = {0};
	int ret = shepherd_message_decode(d, b, m->to_server, &again, NULL);

	assert(ret == 0 && blob_size(b) == size);
	assert(again.type == m->type && again.unblock == m->unblock);
	assert(again.nr_nodes == m->nr_nodes && same_node(&again.node, &m->node));
	for (uint32_t i = 0; i < m->nr_nodes; i++)
		assert(same_node(&again.nodes[i], &m->nodes[i]));
	assert((again.blob == NULL) == (m->blob == NULL));
	assert(!m->blob || blob_equal(again.blob, m->blob));
	shepherd_message_text(&t, m);
	assert(t.len > 0);
	text_free(&t);
	shepherd_message_clear(&again);
	blob_unref(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t now[] = {0, 491528, 491608, 983176};
	static const uint32_t in_08[] = {0, 57352, 57408, 57408 + 57384};
	static const struct shepherd_message empty;
	struct input in = {data, size};
	uint8_t how = take_u8(&in), length[4];
	enum dialect d = how & 16 ? DIALECT_08 : DIALECT_0A;
	struct blob *b = take_blob(&in, in.left);
	struct wire_error err = {0};
	struct shepherd_message m;
	const uint32_t *bodies = d == DIALECT_08 ? in_08 : now;
	struct fields f;

	if (blob_size(b) < SHEPHERD_HEADER + bodies[how >> 2 & 3])
		b = blob_resize(b, SHEPHERD_HEADER + bodies[how >> 2 & 3]);
	if (how & 2) {
		put_le32(length, (uint32_t)(blob_size(b) - SHEPHERD_HEADER));
		b = blob_write(b, 4, length, sizeof(length));
	}
	if (shepherd_message_decode(d, b, how & 1, &m, &err) < 0) {
		check_error(&err, blob_size(b));
		assert(memcmp(&m, &empty, sizeof(m)) == 0);
	} else {
		check_again(d, &m, blob_size(b));
		shepherd_message_clear(&m);
	}
	f = (struct fields){.size = blob_size(b)};
	shepherd_fields(d, b, how & 1, next_field, &f);
	blob_unref(b);
	return 0;
}
