/*
 * Structures that stand for themselves, of any release: member records, epochs and their logs, join
 * messages, cluster infos, inodes, objects, notifications. What is accepted says the same when it
 * is said again; fields lie inside, in order.
 *
 * Input: 1 byte (what), 1 byte (dialect), 4 bytes (a number), bytes. Inodes are filled up with
 * zeros to the size that they must have.
 */
#include "fuzz.h"

#include "sheepsim/wire/object.h"
#include "wire/inode_layout.h"
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

static void nodes(enum dialect d, struct blob *b, uint32_t number)
{
	struct wire_error err = {0};
	struct node_rec *list, *again;
	struct blob *said;
	size_t n = number % 8192;
	uint64_t offset = number >> 13;

	if (dialect_nodes_decode(d, b, offset, n, &list, &err) < 0) {
		check_error(&err, offset > blob_size(b) ? offset : blob_size(b));
		assert(!list);
		return;
	}
	said = dialect_nodes_encode(d, list, n);
	assert(blob_size(said) == n * dialect_info(d)->node_size);
	assert(dialect_nodes_decode(d, said, 0, n, &again, NULL) == 0);
	assert(n == 0 || memcmp(list, again, n * sizeof(*list)) == 0);
	blob_unref(said);
	free(list);
	free(again);
}

static void epoch(enum dialect d, struct blob *b)
{
	struct wire_error err = {0};
	struct node_rec *list, *again;
	size_t n, n_again;
	uint64_t time, time_again;
	struct blob *said;

	if (dialect_epoch_decode(d, b, &list, &n, &time, &err) < 0) {
		check_error(&err, blob_size(b));
		assert(!list && n == 0);
		return;
	}
	said = dialect_epoch_encode(d, list, n, time);
	assert(blob_size(said) == blob_size(b));
	assert(dialect_epoch_decode(d, said, &again, &n_again, &time_again, NULL) == 0);
	assert(n == n_again && time == time_again);
	blob_unref(said);
	free(list);
	free(again);
}

/* A front of a record; once decoded, nothing changes any more. */
static void epoch_log(enum dialect d, const struct blob *b)
{
	uint8_t head[EPOCH_LOG_HEAD], first[EPOCH_LOG_HEAD] = {0}, second[EPOCH_LOG_HEAD] = {0};
	struct epoch_log log;

	blob_read(b, 0, head, sizeof(head));
	dialect_log_decode(d, head, &log);
	assert(strlen(log.drv_name) < sizeof(log.drv_name));
	dialect_log_encode(d, &log, first);
	dialect_log_decode(d, first, &log);
	dialect_log_encode(d, &log, second);
	assert(memcmp(first, second, sizeof(first)) == 0);
}

static void join(enum dialect d, struct blob *b)
{
	struct wire_error err = {0};
	struct join_message join;
	struct node_rec *list;
	struct blob *first, *second;

	if (d >= DIALECT_08)
		d = DIALECT_07B;
	if (join_message_decode(d, b, &join, &list, &err) < 0) {
		check_error(&err, blob_size(b));
		assert(!list);
		return;
	}
	first = join_message_encode(d, &join, list);
	free(list);
	assert(join_message_decode(d, first, &join, &list, NULL) == 0);
	second = join_message_encode(d, &join, list);
	assert(blob_equal(first, second));
	free(list);
	blob_unref(first);
	blob_unref(second);
}

static void whole_inode(struct blob *b, uint32_t number)
{
	static uint32_t children[INODE_NR_CHILDREN], again_children[INODE_NR_CHILDREN];
	enum inode_layout layout = (enum inode_layout)(number % 3), found;
	struct wire_error err = {0};
	struct inode_head h, again;
	struct blob *whole = blob_resize(blob_ref(b), inode_layout_size(layout)), *said;
	bool has_children = layout != INODE_LAYOUT_0_9;

	assert(inode_layout_by_size(blob_size(whole), &found, NULL) == 0 && found == layout);
	if (inode_layout_by_size(blob_size(b), &found, &err) < 0)
		check_error(&err, blob_size(b));
	if (inode_decode(b, layout, &h, children, &err) < 0)
		check_error(&err, blob_size(b));
	if (inode_decode(whole, layout, &h, children, &err) < 0) {
		check_error(&err, blob_size(whole));
		blob_unref(whole);
		return;
	}
	said = inode_encode(whole, layout, &h, has_children ? children : NULL);
	assert(inode_decode(said, layout, &again, again_children, NULL) == 0);
	assert(strcmp(h.name, again.name) == 0 && h.vdi_id == again.vdi_id);
	assert(h.btree_counter == again.btree_counter);
	assert(memcmp(children, again_children, sizeof(children)) == 0);
	blob_unref(said);
}

/* What is said of any object, from any place of it. */
static void said(enum dialect d, struct blob *b, uint8_t what, uint32_t number)
{
	static const uint64_t oids[] = {SD_INODE_BIT, SD_ATTR_BIT, SD_BTREE_BIT, SD_LEDGER_BIT, 1};
	struct fields f = {.size = blob_size(b)};
	struct req q;
	struct rsp p = {0};

	switch (what) {
	case 5:
		object_fields(b, oids[number % 5], next_field, &f);
		break;
	case 6:
		cluster_info_fields(b, next_field, &f);
		break;
	case 7:
		vdi_op_fields(b, next_field, &f);
		break;
	case 8:
		node_fields(b, next_field, &f);
		break;
	case 9:
		driver_message_fields(b, next_field, &f);
		break;
	default:
		req_init(&q, 0x02); /* READ_OBJ */
		q.variant = dialect_req_variant(d, q.opcode);
		if (q.variant == VARIANT_OBJ_08) {
			q.obj_08.oid = oids[number % 5];
			q.obj_08.offset = number >> 3;
		} else {
			q.obj.oid = oids[number % 5];
			q.obj.offset = number >> 3;
		}
		payload_fields(d, &q, &p, b, next_field, &f);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint8_t what = take_u8(&in) % 11;
	enum dialect d = (enum dialect)(DIALECT_05 + take_u8(&in) % (NR_DIALECTS - DIALECT_05));
	uint32_t number = take_le32(&in);
	struct blob *b = take_blob(&in, in.left);

	if (what == 0)
		nodes(d, b, number);
	else if (what == 1)
		epoch(d, b);
	else if (what == 2)
		epoch_log(d, b);
	else if (what == 3)
		join(d, b);
	else if (what == 4)
		whole_inode(b, number);
	else
		said(d, b, what, number);
	blob_unref(b);
	return 0;
}
