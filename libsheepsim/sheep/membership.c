/*
 * Membership: what the driver tells, and what follows from it (R206-R216, R222, R238). A join goes
 * through this file from top to bottom: on_join_check() at one member, on_accept() at all.
 *
 * No member is more than the others (R242): who judges a join is the driver's matter, and everybody
 * computes the same from the same events. Epochs are told apart by their numbers; what happened in
 * them is never compared (R216).
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "placement/commons.h"
#include "sheep/cluster_ops.h"
#include "sheep/disks.h"
#include "sheep/level.h"
#include "sheep/recovery.h"
#include "sheep/vdi.h"

/* A cluster info with its member list, as an opaque carries it. */
struct opaque {
	struct cluster_info ci;
	struct members *members; /* NULL: none */
};

static void opaque_release(struct commons *c, void *p)
{
	struct opaque *o = p;

	members_unref(c, o->members);
	free(o);
}

/*
 * The decoded opaque of a dialect; borrowed. Every member of a cluster decodes the same bytes at an
 * accept, so the result is remembered with them. NULL: malformed, with the reason in err.
 */
static const struct opaque *opaque_decode(struct sheep *s, enum dialect d, struct blob *b,
					  struct wire_error *err)
{
	struct opaque *o = commons_memo_get(s->commons, b, "opaque", d);
	struct node_rec *nodes;

	if (o)
		return o;
	o = mem_alloc(sizeof(*o));
	if (dialect_cluster_info_decode(d, b, &o->ci, &nodes, err) < 0) {
		free(o);
		return NULL;
	}
	if (o->ci.nr_nodes)
		o->members = members_get(s->commons, nodes, o->ci.nr_nodes);
	free(nodes);
	commons_memo_put(s->commons, b, "opaque", d, o, opaque_release);
	return o;
}

/*
 * The acceptor's cluster info, written over the joiner's (R206): head and members. Behind them
 * stays what the joiner had there, as captured joins show (spec 2.4).
 */
static struct blob *opaque_answer(enum dialect d, const struct cluster_info *ci,
				  const struct members *m, struct blob *joiners)
{
	struct cluster_info copy = *ci;
	struct blob *head, *answer;

	copy.nr_nodes = m ? (uint16_t)m->nr : 0;
	head = dialect_cluster_info_encode(d, &copy, m ? m->rec : NULL, 0);
	if (blob_size(joiners) < blob_size(head))
		return head;
	answer = blob_overlay(blob_ref(joiners), 0, head);
	blob_unref(head);
	return answer;
}

static bool use_auto_vnodes(const struct sheep *s)
{
	return s->ci.flags & SD_CLUSTER_FLAG_AUTO_VNODES;
}

void membership_set_view(struct sheep *s, struct members *announced)
{
	struct view *v = view_get(s->commons, announced, use_auto_vnodes(s), node_placement(s));
	struct members *list = members_ref(announced);

	view_unref(s->commons, s->view);
	s->view = v;
	members_unref(s->commons, s->driver_members);
	s->driver_members = list;
}

/* ------------------------------------------------------------------ the join */

void membership_join(struct sheep *s)
{
	const struct version_range *driver = &s->options.driver;
	struct cluster_info ci = s->ci;
	struct dialect_offer offer;
	struct blob *opaque;

	level_offer(s, &offer);
	dialect_offer_put(&ci, &offer);
	opaque =
		ci_encode_whole(s, &ci, quirk(s, QUIRK_SILENT_JOIN) ? s->level : s->speaks.highest);
	driver_join(s->driver, &s->me, opaque,
		    driver->lowest ? driver->lowest : SD_DRIVER_VER_LOWEST,
		    driver->highest ? driver->highest : SD_DRIVER_VER_HIGHEST);
	blob_unref(opaque);
}

/* ------------------------------------------------------------------ the join check */

/* Everybody of the list is there, or is the joiner (R208c). */
static bool all_present(const struct members *list, const struct node_rec *joiner,
			const struct members *others)
{
	for (uint32_t i = 0; i < list->nr; i++) {
		const struct node_id *id = &list->rec[i].nid;

		if (node_id_cmp(id, &joiner->nid) != 0 && members_find(others, id) < 0)
			return false;
	}
	return true;
}

/*
 * R208 (a): two clusters that have nothing to do with each other. Before the first format there is
 * no epoch: everybody fits, and waits (R226).
 */
static bool incompatible(const struct sheep *s, const struct cluster_info *theirs)
{
	return theirs->epoch && s->ci.epoch && theirs->ctime != s->ci.ctime;
}

/*
 * R208 (b): does the joiner know more of the cluster than this node, which waits? That is told by
 * the numbers of epochs alone, whatever happened in them (R216).
 */
static bool knows_more(const struct sheep *s, const struct cluster_info *theirs)
{
	return s->ci.status == SD_STATUS_WAIT && !incompatible(s, theirs) &&
	       theirs->epoch > s->ci.epoch;
}

/*
 * The status that a node in WAIT gives a joiner (R208); may replace its own cluster info. So a
 * whole cluster that starts again waits for the list of the highest epoch that anybody brings, and
 * serves from the accept of its last member on (R228, R231).
 */
static uint8_t status_for_joiner(struct sheep *s, const struct node_rec *joiner,
				 const struct members *others, const struct opaque *o)
{
	if (incompatible(s, &o->ci))
		return SD_STATUS_WAIT;
	if (knows_more(s, &o->ci)) {
		s->ci = o->ci;
		dialect_offer_put(&s->ci,
				  &(struct dialect_offer){0}); /* that is not the cluster's */
		s->ci.status = SD_STATUS_WAIT;
		ci_set_members(s, o->members);
	}
	if (s->ci.epoch > 0 && s->ci_members && all_present(s->ci_members, joiner, others))
		return SD_STATUS_OK;
	return SD_STATUS_WAIT;
}

/* A join as the acceptor has to judge it. */
struct judged {
	struct dialect_offer offer;
	const struct opaque *opaque;
	enum dialect level; /* of the cluster, if it is accepted */
};

/*
 * What a real daemon says can be in a layout that is not this node's: nothing tells. But no cluster
 * has a store that nobody knows, so that much is looked at before anything of it is believed.
 */
static bool is_plausible(const struct cluster_info *ci)
{
	return ci->ctime ? store_name_known(ci->default_store) : !ci->default_store[0];
}

/* Reads a join in the layout that it is in; a silent node knows its own only, as sheepdog does. */
static bool read_join(struct sheep *s, struct blob *join, struct judged *j, char why[120])
{
	struct wire_error err;
	enum dialect layout = s->level;

	if (!quirk(s, QUIRK_SILENT_JOIN) && dialect_offer_get(join, &j->offer, &err) < 0)
		goto malformed;
	if (j->offer.speaks.highest != DIALECT_NONE)
		layout = j->offer.speaks.highest;
	j->opaque = opaque_decode(s, layout, join, &err);
	if (j->opaque)
		return true;
malformed:
	snprintf(why, 120, "cluster info: byte %llu: %.80s", (unsigned long long)err.offset,
		 err.text);
	return false;
}

/* Says whether a join may be accepted; nothing of this node changes. */
static bool judge(struct sheep *s, struct blob *join, struct judged *j, char why[120])
{
	const struct cluster_info *theirs;

	*j = (struct judged){.level = s->level};
	if (!read_join(s, join, j, why))
		return false;
	theirs = &j->opaque->ci;
	if (!quirk(s, QUIRK_SILENT_JOIN) && knows_more(s, theirs) && !is_plausible(theirs)) {
		snprintf(why, 120, "cluster info: no store is called \"%.16s\"",
			 theirs->default_store);
		return false;
	}
	/* The level is part of what R208 takes from it. */
	if (knows_more(s, theirs) && dialect_in(j->offer.level, &s->speaks))
		j->level = j->offer.level;
	return level_accepts(j->level, &j->offer, why);
}

/*
 * Why a joiner with this cluster info cannot stay in the cluster (R209), beside its version; NULL:
 * it can.
 */
static const char *misfit(const struct cluster_info *joiner, bool gateway,
			  const struct cluster_info *cluster)
{
	if (joiner->epoch && cluster->epoch && joiner->ctime != cluster->ctime)
		return "another creation time";
	if (cluster->epoch && !gateway &&
	    ((cluster->flags ^ joiner->flags) & SD_CLUSTER_FLAG_AUTO_VNODES))
		return "another vnode strategy, automatic or fixed";
	return NULL;
}

/* R913: sheep leaves it to the joiner to find out that it does not fit (R209). */
static bool leaves_misfits(const struct sheep *s, const struct node_rec *joiner,
			   const struct judged *j, char why[120])
{
	const struct cluster_info *theirs = &j->opaque->ci;
	const char *misfits =
		misfit(theirs, joiner->nr_vnodes == 0, knows_more(s, theirs) ? theirs : &s->ci);

	if (quirk(s, QUIRK_FAILED_JOIN) || !misfits)
		return true;
	snprintf(why, 120, "the cluster has %s", misfits);
	return false;
}

/* R105: a joiner judges itself only where nobody else is; the driver may go on all the same (R110).
 */
static bool may_judge(const struct sheep *s, const struct node_rec *joiner,
		      const struct members *others, char why[120])
{
	if (!node_is_me(s, &joiner->nid) || others->nr == 0)
		return true;
	snprintf(why, 120, "it is not alone, and does not judge itself");
	return false;
}

static struct blob *on_join_check(void *owner, const struct node_rec *joiner,
				  const struct members *others, struct blob *opaque, char why[120])
{
	struct sheep *s = owner;
	struct cluster_info answer;
	/* A node that is being killed says so of the cluster (R240). */
	uint8_t status = node_serves(s) ? SD_STATUS_OK : s->ci.status;
	struct judged j;

	if (!may_judge(s, joiner, others, why) || !judge(s, opaque, &j, why) ||
	    !leaves_misfits(s, joiner, &j, why)) {
		world_words(s->world, TRACE_JOIN_REFUSED, joiner->nid.port, 0, "%s", why);
		return NULL;
	}
	if (status == SD_STATUS_WAIT) /* any other is passed on as it is (R207) */
		status = status_for_joiner(s, joiner, others, j.opaque);
	answer = s->ci;
	answer.status = status;
	dialect_offer_put(&answer, &(struct dialect_offer){0});
	answer.proto_ver = dialect_info(j.level)->version;
	world_note(s->world, TRACE_JOIN_CHECK, joiner->nid.port, status, answer.epoch, 0);
	return opaque_answer(j.level, &answer, s->ci_members, opaque);
}

/* ------------------------------------------------------------------ the accept */

/* R210: the opaque becomes the own cluster info; the auto-vnodes bit stays one's own. */
static void adopt(struct sheep *s, const struct opaque *o, bool self)
{
	bool takes_bit = self && node_is_gateway(s) && s->ci.ctime == 0;
	uint16_t own = s->ci.flags & SD_CLUSTER_FLAG_AUTO_VNODES;
	uint8_t status = s->ci.status, version = dialect_info(s->level)->version;

	s->ci = o->ci;
	dialect_offer_put(&s->ci, &(struct dialect_offer){0});
	s->ci.proto_ver = version;
	if (!takes_bit)
		s->ci.flags = (uint16_t)((s->ci.flags & ~SD_CLUSTER_FLAG_AUTO_VNODES) | own);
	ci_set_members(s, o->members);
	s->ci.status = status;
	/* R914 */
	if (status != SD_STATUS_KILLED || quirk(s, QUIRK_KILLED_SPREADS))
		node_set_status(s, o->ci.status);
}

/*
 * R212: a data node that is not in the list sets all its objects aside: a newcomer, or one that was
 * away while the others went on (R236).
 */
static void open_store(struct sheep *s)
{
	if (node_is_gateway(s) || !s->ci.default_store[0])
		return;
	if (!s->store_open) {
		objects_open(s);
		s->store_open = true;
	}
	if (!s->ci_members || members_find(s->ci_members, &s->me.nid) < 0)
		objects_set_aside(s, store_log_highest(s->store), true);
}

/* Writes what the cluster info says to the config record; a clean start is over (R214). */
static bool config_update(struct sheep *s)
{
	struct store_config c;
	bool clean;

	store_config_get(s->store, &c);
	clean = c.clean_shutdown;
	level_record(s, &c);
	if (!c.ctime)
		config_take_cluster(s, &c);
	c.clean_shutdown = false;
	config_put(s, &c); /* what is lost of it counts at the next start only */
	return clean;
}

/* A new epoch, and its lifted run from the view `old` on; or the process ends (R217). */
static void begin_epoch(struct sheep *s, struct view *old)
{
	if (epoch_raise(s))
		recovery_start(s, true, old);
}

/* R214: the cluster works; what has changed decides whether and how this node recovers. */
static void start_serving(struct sheep *s, const struct members *m)
{
	bool clean = config_update(s);
	uint32_t nr_before = s->ci_members ? s->ci_members->nr : 0;
	struct members *before;
	struct view *old;

	/* Counts only, R215. More than there were, after a restart: R230; as many: R229. */
	if (m->nr != nr_before) {
		before = s->ci_members ? members_ref(s->ci_members)
				       : members_get(s->commons, NULL, 0);
		old = view_get(s->commons, before, use_auto_vnodes(s), node_placement(s));
		members_unref(s->commons, before);
		begin_epoch(s, old);
		view_unref(s->commons, old);
	} else if (!clean || s->wildcard) {
		recovery_start(s, false, s->view);
		s->wildcard = false;
		if (!clean && !quirk(s, QUIRK_UNEQUAL_REPLICAS))
			recovery_compare(s);
	}
	/* Nobody says after a restart that he had finished before it (R912). */
	if (m->nr == nr_before && !quirk(s, QUIRK_STALE_AFTER_STOP))
		recovery_announce_again(s);
}

/*
 * The level that an accept states, and the layout that it is in. Where nobody was left to judge
 * (R110) it is the join as it was sent: that states what the joiner could speak, and is in the
 * layout of the highest; no level has been agreed on, and each goes on with the one on its disk.
 */
static enum dialect accept_level(const struct sheep *s, uint8_t version, struct blob *opaque,
				 enum dialect *layout)
{
	struct dialect_offer offer;
	struct wire_error err;

	if (dialect_is_offer(opaque) && dialect_offer_get(opaque, &offer, &err) == 0) {
		*layout = offer.speaks.highest;
		return s->level;
	}
	*layout = level_stated(s, version);
	return *layout;
}

/*
 * What an accept says, in the level that it states; NULL: this node cannot go on. The level is the
 * joiner's from now on, and that of all who wait for a cluster that turns out to have another one.
 */
static const struct opaque *accept_read(struct sheep *s, bool self, struct blob *opaque)
{
	const struct opaque *o;
	struct wire_error err;
	enum dialect level, layout;
	uint8_t version;
	char range[24];

	blob_read(opaque, offsetof(struct sd_cluster_info, proto_ver), &version, sizeof(version));
	level = accept_level(s, version, opaque, &layout);
	if (level == DIALECT_NONE) {
		node_exit(s, 1, "joined a cluster of peer version %u, mine is %s", version,
			  dialect_range_text(&s->speaks, range));
		return NULL;
	}
	o = opaque_decode(s, layout, opaque, &err);
	if (!o) {
		node_exit(s, 1, "cluster info: byte %llu: %s", (unsigned long long)err.offset,
			  err.text);
		return NULL;
	}
	if (self || s->ci.status == SD_STATUS_WAIT)
		level_adopt(s, level);
	return o;
}

static void on_accept(void *owner, const struct node_rec *joiner, struct members *m,
		      struct blob *opaque)
{
	struct sheep *s = owner;
	bool self = node_is_me(s, &joiner->nid);
	const struct opaque *o;
	const char *why;

	if (s->ended)
		return;
	o = accept_read(s, self, opaque);
	if (!o)
		return;
	why = self ? misfit(&s->ci, node_is_gateway(s), &o->ci) : NULL;
	if (why) {
		node_exit(s, 1, "joined a cluster with %s", why);
		return;
	}
	adopt(s, o, self);
	if (self)
		s->accepted = true;
	world_note(s->world, TRACE_JOIN_ACCEPT, joiner->nid.port, m->nr, node_epoch(s), 0);
	if (s->ci.status == SD_STATUS_SHUTDOWN || s->ci.status == SD_STATUS_KILLED)
		node_drain(s);
	if (s->ci.status == SD_STATUS_SHUTDOWN || s->ended) /* R211 */
		return;
	open_store(s);
	membership_set_view(s, m);
	vdi_joined(s, joiner, m);
	vdi_fetch_start(s, joiner, m);
	if (node_serves(s))
		start_serving(s, m);
}

/* ------------------------------------------------------------------ leave, update, the rest */

/* Somebody but gateways is left (R222 step 4). */
static bool has_space(const struct members *m)
{
	for (uint32_t i = 0; i < m->nr; i++) {
		if (m->rec[i].space)
			return true;
	}
	return false;
}

/*
 * Then a gateway ends (R222), or, where R924 is repaired, waits for the others, as after a restart
 * of the whole cluster.
 */
static bool only_gateways_left(struct sheep *s, const struct members *m)
{
	if (has_space(m))
		return false;
	if (quirk(s, QUIRK_GATEWAYS_EXIT))
		node_exit(s, 0, "only gateway nodes are left");
	else
		node_set_status(s, SD_STATUS_WAIT);
	return true;
}

/* One leave is one epoch, also where many nodes go at once (R223). */
static void on_leave(void *owner, const struct node_rec *left, struct members *m)
{
	struct sheep *s = owner;
	struct view *old;

	if (s->ended || s->ci.status == SD_STATUS_SHUTDOWN)
		return;
	if (node_is_me(s, &left->nid)) {
		s->ex_member = true;
		s->me.nr_vnodes = 0;
	}
	old = s->view ? view_ref(s->view) : NULL;
	membership_set_view(s, m);
	world_note(s->world, TRACE_LEAVE, left->nid.port, m->nr, node_epoch(s), 0);
	if (node_serves(s) && !only_gateways_left(s, m))
		begin_epoch(s, old);
	view_unref(s->commons, old);
	if (s->ended)
		return;
	if (s->ex_member)
		disks_reweighed(s);
	calls_forget_node(s, &left->nid);
	vdi_node_left(s, &left->nid);
}

/* R238. Raises the epoch whatever the status. */
static void on_update_node(void *owner, const struct node_rec *rec, struct members *m)
{
	struct sheep *s = owner;
	struct view *old;

	if (s->ended || !s->view)
		return;
	if (node_is_me(s, &rec->nid)) {
		s->me.space = rec->space;
		s->me.nr_vnodes = rec->nr_vnodes;
	}
	old = view_ref(s->view);
	membership_set_view(s, m);
	begin_epoch(s, old);
	view_unref(s->commons, old);
	if (!s->ended && node_is_me(s, &rec->nid))
		disks_reweighed(s);
}

static void on_notify(void *owner, const struct node_rec *sender, struct blob *message)
{
	struct sheep *s = owner;

	if (!s->ended)
		cluster_op_deliver(s, sender, message);
}

static bool on_block(void *owner)
{
	struct sheep *s = owner;

	return !s->ended && cluster_op_grant(s);
}

static void on_refused(void *owner, const char *why)
{
	struct sheep *s = owner;

	world_words(s->world, TRACE_JOIN_REFUSED, s->me.nid.port, 0, "%s", why);
	node_exit(s, 1, "join refused: %s", why);
}

/*
 * R125: the session is lost. The node waits, joins again with what it knows, and settles what it
 * has pending with the driver. One that is about to end does not come back.
 */
static void on_reconnect(void *owner)
{
	struct sheep *s = owner;
	bool joins = s->ci.status == SD_STATUS_OK || s->ci.status == SD_STATUS_WAIT;

	if (s->ended)
		return;
	if (joins) {
		node_set_status(s, SD_STATUS_WAIT);
		s->accepted = s->ex_member = s->to_be_ex_member = false;
		vdi_session_lost(s);
		membership_join(s);
	}
	cluster_ops_settle(s, joins);
}

static void on_failed(void *owner, const char *why)
{
	node_exit(owner, 1, "cluster driver: %s", why);
}

/* What the driver calls back (R102). */
const struct driver_node membership_callbacks = {
	.join_check = on_join_check,
	.accept = on_accept,
	.leave = on_leave,
	.notify = on_notify,
	.block = on_block,
	.update_node = on_update_node,
	.refused = on_refused,
	.reconnect = on_reconnect,
	.failed = on_failed,
};
