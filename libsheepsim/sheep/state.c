/* What can be seen of a node from outside: see sheep.h. */
#include "base/text.h"
#include "sheep/recovery.h"
#include "sheep/vdi.h"

bool sheep_joined(const struct sheep *s)
{
	return s->accepted && (s->ci.status == SD_STATUS_OK || s->ci.status == SD_STATUS_WAIT);
}

bool sheep_recovers(const struct sheep *s)
{
	return s->run != NULL;
}

static bool has_bodies(const struct sheep *s)
{
	for (int i = 0; i < NR_QUEUES; i++)
		if (s->queues[i].running || !TAILQ_EMPTY(&s->queues[i].waiting))
			return true;
	return false;
}

/*
 * Requests under way, but for those that wait for an epoch which may never come, and for which
 * nobody waits any more.
 */
static bool has_requests(const struct sheep *s)
{
	const struct request *r;

	if (s->nr_requests > s->nr_parked)
		return true;
	TAILQ_FOREACH (r, &s->waitlist, wait_link)
		if (!r->from_client || r->client || r->parked_for == 0)
			return true;
	return false;
}

bool sheep_works(const struct sheep *s)
{
	if (has_requests(s) || (s->run && !recovery_suspended(s)) || !s->accepted)
		return true;
	if (s->ci.status == SD_STATUS_KILLED || s->ci.status == SD_STATUS_SHUTDOWN)
		return true;
	return !TAILQ_EMPTY(&s->laters) || !vdi_idle(s) || has_bodies(s);
}

void sheep_state(const struct sheep *s, struct sheep_state *state)
{
	int me = s->view ? members_find(view_members(s->view), &s->me.nid) : -1;
	struct recovery_state run;

	recovery_report(s, &run);
	*state = (struct sheep_state){
		.status = s->ci.status,
		.flags = s->ci.flags,
		.level = s->level,
		.release = s->speaks.highest,
		.accepted = s->accepted,
		.ex_member = s->ex_member,
		.epoch = node_epoch(s),
		.nr_vnodes = me >= 0 ? view_members(s->view)->rec[me].nr_vnodes : 0,
		.view = s->view,
		.in_run = s->run != NULL,
		.run_state = (int)run.state,
		.run_suspended = recovery_suspended(s),
		.run_epoch = recovery_epoch(s),
		.run_finished = (uint32_t)run.nr_finished,
		.run_total = (uint32_t)run.nr_total,
		.gathered = s->gathered,
		.parked = s->nr_parked,
		.clients = s->client_requests,
		.requests = s->nr_requests,
		.recovery_disabled = s->ci.disable_recovery,
		.journal = s->journal != NULL,
	};
}

static void request_line(const struct request *r, const char *what, struct text *t)
{
	char name[8], result[12];

	text_add(t, "  %s %s", op_name(r->q.opcode, name), what);
	if (request_oid(r))
		text_add(t, " oid=%016llx", (unsigned long long)request_oid(r));
	if (r->parked)
		text_add(t, ", waits for %s",
			 r->parked_for ? "a later epoch" : "the recovery of its object");
	if (r->p.result)
		text_add(t, ", last result %s", result_name(r->p.result, result));
	text_add(t, "\n");
}

void sheep_pending_text(const struct sheep *s, struct text *t)
{
	const struct request *r;
	struct recovery_state run;

	TAILQ_FOREACH (r, &s->waitlist, wait_link)
		request_line(r, "parked", t);
	TAILQ_FOREACH (r, &s->blocks, cluster_link)
		request_line(r, r->block_granted ? "runs exclusively" : "waits for its turn", t);
	TAILQ_FOREACH (r, &s->notifies, cluster_link)
		request_line(r, "waits for its notification", t);
	if (!s->accepted)
		text_add(t, "  its join has not been accepted\n");
	if (!vdi_ready(s))
		text_add(t, "  fetches the VDI table\n");
	if (s->run) {
		recovery_report(s, &run);
		text_add(t, "  recovery of epoch %u: %llu of %llu objects%s\n", recovery_epoch(s),
			 (unsigned long long)run.nr_finished, (unsigned long long)run.nr_total,
			 recovery_suspended(s) ? ", suspended" : "");
	}
}

uint32_t sheep_copies(const struct sheep *s, uint64_t oid)
{
	return object_copies(s, oid);
}

bool sheep_has_vdi_of(const struct sheep *s, uint64_t oid)
{
	return vdi_find(s, sd_oid_vid(oid)) != NULL;
}

uint64_t sheep_object_size(const struct sheep *s, uint64_t oid)
{
	return object_size(s, oid);
}

uint8_t sheep_policy(const struct sheep *s, uint64_t oid)
{
	return object_policy(s, oid);
}
