#include <stdlib.h>

#include "placement/commons_tables.h"
#include "placement/log.h"

struct blob *members_log(struct members *m, uint64_t time)
{
	struct members_entry *e = members_entry(m);

	if (!e->log || e->log_time != time) {
		blob_unref(e->log);
		e->log = epoch_blob_encode(m->rec, m->nr, time);
		e->log_time = time;
	}
	return e->log;
}

static void release_members(struct commons *c, void *value)
{
	members_unref(c, value);
}

struct members *members_of_log(struct commons *c, struct blob *log)
{
	struct members *m = commons_memo_get(c, log, "epoch log", 0);
	struct node_rec *nodes;
	uint64_t time;
	size_t nr;

	if (!m) {
		if (epoch_blob_decode(log, &nodes, &nr, &time, NULL) < 0)
			return NULL;
		m = members_get(c, nodes, nr);
		free(nodes);
		commons_memo_put(c, log, "epoch log", 0, m, release_members);
	}
	return members_ref(m);
}
