/*
 * Events of the cluster drivers local, corosync and zookeeper: what is accepted says the same when
 * it is said again; fields lie inside, in order.
 *
 * Input: 1 byte (driver, dialect; bit 4: filled up with zeros to the size that an event has),
 * bytes.
 */
#include "fuzz.h"

#include "base/text.h"
#include "sheepsim/wire/corosync.h"
#include "wire/cluster_event.h"
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

static void check_again(enum dialect d, const struct cluster_event *e, uint64_t size)
{
	struct blob *first = cluster_event_encode(d, e), *second;
	struct cluster_event again;
	struct text t = {0};

	assert(blob_size(first) == size);
	assert(cluster_event_decode(d, e->driver, first, &again, NULL) == 0);
	assert(again.type == e->type && again.nr_nodes == e->nr_nodes && again.room == e->room);
	assert(e->blob ? blob_equal(again.blob, e->blob) : again.blob == NULL);
	second = cluster_event_encode(d, &again);
	assert(blob_equal(first, second));
	cluster_event_text(&t, e);
	assert(t.len > 0 && memchr(t.data, '\n', t.len) == NULL);
	text_free(&t);
	cluster_event_clear(&again);
	blob_unref(first);
	blob_unref(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cluster_event empty;
	struct input in = {data, size};
	uint8_t how = take_u8(&in);
	enum event_driver driver = (enum event_driver)(how % 4 % 3);
	enum dialect d = how & 8 ? DIALECT_08 : DIALECT_0A;
	struct blob *b = take_blob(&in, in.left);
	struct wire_error err = {0};
	struct cluster_event e;
	struct fields f;

	if ((how & 16) && driver == EVENT_LOCAL)
		b = blob_resize(b, local_event_size(d));
	if ((how & 16) && driver == EVENT_COROSYNC && blob_size(b) < SD_COROSYNC_HEADER_SIZE)
		b = blob_resize(b, d == DIALECT_08 ? SD_COROSYNC_HEADER_SIZE_08
						   : SD_COROSYNC_HEADER_SIZE);
	if (cluster_event_decode(d, driver, b, &e, &err) < 0) {
		check_error(&err, blob_size(b));
		assert(memcmp(&e, &empty, sizeof(e)) == 0);
	} else {
		check_again(d, &e, blob_size(b));
		cluster_event_clear(&e);
	}
	f = (struct fields){.size = blob_size(b)};
	cluster_event_fields(d, driver, b, next_field, &f);
	blob_unref(b);
	return 0;
}
