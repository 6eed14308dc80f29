/*
 * The frontend client as a whole: its life, and what can be seen of it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "client/disk.h"
#include "wire/ops.h"

/* True if text is a number that fits a snapshot id; 0 is none. */
static bool parse_snapid(const char *text, uint32_t *id)
{
	uint64_t n = 0;

	for (; *text >= '0' && *text <= '9' && n <= UINT32_MAX; text++)
		n = n * 10 + (uint64_t)(*text - '0');
	*id = (uint32_t)n;
	return !*text && n > 0 && n <= UINT32_MAX;
}

int vdi_name_parse(struct vdi_name *n, const char *text)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);

	memset(n, 0, sizeof *n);
	if (len == 0 || len >= SD_MAX_VDI_LEN)
		return -1;
	memcpy(n->name, text, len);
	if (!colon || parse_snapid(colon + 1, &n->snapid))
		return 0;
	n->snapid = 0;
	len = strlen(colon + 1);
	if (len == 0 || len >= SD_MAX_VDI_TAG_LEN)
		return -1;
	memcpy(n->tag, colon + 1, len);
	return 0;
}

struct frontend *frontend_new(struct universe *u, const struct frontend_options *o)
{
	struct frontend *f = mem_alloc(sizeof *f);

	world_init(&f->world, u, o->place, 0);
	world_boot(&f->world);
	session_init(&f->io, &f->world, &f->tally, &o->gateway, true);
	f->locks = o->locks;
	f->generation = o->generation ? o->generation : generation_default();
	f->writeback = o->writeback;
	f->io.once = !f->generation->reconnects;
	TAILQ_INIT(&f->starting);
	LIST_INIT(&f->sequences);
	TAILQ_INIT(&f->disks);
	return f;
}

void frontend_free(struct frontend *f)
{
	struct io *io;

	f->closing = true;
	while ((io = TAILQ_FIRST(&f->starting))) {
		TAILQ_REMOVE(&f->starting, io, link);
		world_timer_stop(&io->timer);
		io_fail(io, OUTCOME_LOST, SD_RES_SUCCESS, NULL);
	}
	sequences_cancel(&f->sequences);
	session_close(&f->io);
	assert(f->operations == 0);
	while (!TAILQ_EMPTY(&f->disks))
		disk_forget(TAILQ_FIRST(&f->disks));
	world_free(&f->world);
	free(f);
}

void frontend_move(struct frontend *f, const struct node_id *gateway)
{
	session_move(&f->io, gateway);
}

unsigned frontend_operations(const struct frontend *f)
{
	return f->operations;
}

unsigned frontend_requests(const struct frontend *f)
{
	const struct sequence *s;
	unsigned n = f->io.nr_pending;

	LIST_FOREACH (s, &f->sequences, link)
		n += s->session.nr_pending + s->aside.nr_pending;
	return n;
}

bool frontend_stirs(const struct frontend *f, bool gateway_runs)
{
	const struct sequence *s;

	if (!TAILQ_EMPTY(&f->starting))
		return true;
	LIST_FOREACH (s, &f->sequences, link)
		if (!s->session.conn)
			return true;
	return gateway_runs && f->io.nr_pending > 0 && !f->io.conn;
}

const struct answer_tally *frontend_tally(const struct frontend *f)
{
	return &f->tally;
}

void frontend_pending_text(const struct frontend *f, struct text *t)
{
	session_pending_text(&f->io, t);
	sequences_pending_text(&f->sequences, t);
}

void outcome_text(const struct outcome *o, struct text *t)
{
	char name[12];

	switch (o->kind) {
	case OUTCOME_OK:
		text_add(t, "done");
		break;
	case OUTCOME_RESULT:
		text_add(t, "answered %s", result_name(o->result, name));
		break;
	case OUTCOME_LOST:
		text_add(t, "the connection was lost");
		break;
	case OUTCOME_INVALID:
		text_add(t, "%s", o->why);
		break;
	}
}
