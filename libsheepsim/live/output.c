/*
 * Answers on their way to a socket. Payloads are written from the pages where they lie: what many
 * clients read is not copied for each.
 */
#include <sys/uio.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "live/live.h"

/* Pieces for one write: of a page each, so 1 MiB and more. */
#define PIECES 256

static const uint8_t zeros[BLOB_PAGE];

static uint64_t size_of(const struct answer_out *a)
{
	return WIRE_HEADER + blob_size(a->payload);
}

void output_add(struct link *l, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct answer_out *a = mem_alloc(sizeof *a);

	memcpy(a->head, head, sizeof a->head);
	a->payload = payload ? blob_ref(payload) : NULL;
	STAILQ_INSERT_TAIL(&l->out, a, link);
	l->out_bytes += size_of(a);
	l->live->counts.unwritten += size_of(a);
	link_touch(l);
}

static void remove_first(struct link *l)
{
	struct answer_out *a = STAILQ_FIRST(&l->out);

	STAILQ_REMOVE_HEAD(&l->out, link);
	blob_unref(a->payload);
	free(a);
}

void output_drop(struct link *l)
{
	while (!STAILQ_EMPTY(&l->out))
		remove_first(l);
	l->live->counts.unwritten -= l->out_bytes;
	l->out_bytes = 0;
}

/* The pieces of one answer that are not written yet; returns how many there are now. */
static int gather(const struct answer_out *a, struct iovec *iov, int nr)
{
	uint64_t at = a->sent, size = blob_size(a->payload);

	if (at < WIRE_HEADER) {
		iov[nr++] = (struct iovec){(void *)(a->head + at), WIRE_HEADER - at};
		at = WIRE_HEADER;
	}
	for (at -= WIRE_HEADER; at < size && nr < PIECES; nr++) {
		uint64_t begin = at / BLOB_PAGE * BLOB_PAGE;
		uint64_t found = begin, end = begin + BLOB_PAGE;
		const uint8_t *page = zeros;

		if (!blob_next_page(a->payload, &found, &page) || found != begin)
			page = zeros;
		if (end > size)
			end = size;
		iov[nr] = (struct iovec){(void *)(page + (at - begin)), end - at};
		at = end;
	}
	return nr;
}

/* So many bytes have been written. */
static void advance(struct link *l, uint64_t written)
{
	l->out_bytes -= written;
	l->live->counts.unwritten -= written;
	l->live->counts.sent += written;
	while (written > 0) {
		struct answer_out *a = STAILQ_FIRST(&l->out);
		uint64_t left = size_of(a) - a->sent;

		if (written < left) {
			a->sent += written;
			return;
		}
		written -= left;
		remove_first(l);
	}
}

bool output_write(struct link *l)
{
	while (!STAILQ_EMPTY(&l->out)) {
		struct iovec iov[PIECES];
		struct msghdr message = {.msg_iov = iov};
		struct answer_out *a;
		ssize_t written;
		int nr = 0;

		STAILQ_FOREACH (a, &l->out, link) {
			nr = gather(a, iov, nr);
			if (nr == PIECES)
				break;
		}
		message.msg_iovlen = (size_t)nr;
		written = sendmsg(l->fd, &message, MSG_NOSIGNAL);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK;
		advance(l, (uint64_t)written);
	}
	return true;
}
