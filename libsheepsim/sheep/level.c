/* The peer version: see level.h. Changing it is in level_change.c. */
#include <assert.h>
#include <stdio.h>

#include "sheepsim/wire/frontend.h"
#include "sheep/level.h"

void level_init(struct sheep *s, const struct store_config *config)
{
	const struct sheep_options *o = &s->options;

	s->speaks = o->peer;
	if (s->speaks.highest == DIALECT_NONE)
		s->speaks = (struct dialect_range){DIALECT_NEWEST, DIALECT_NEWEST};
	s->speaks_admin = o->admin.highest == DIALECT_NONE ? s->speaks : o->admin;
	/* A new cluster begins as high as it can; an old one goes on, if this node still can. */
	s->level = s->speaks.highest;
	if (config->ctime && dialect_in(config->level, &s->speaks))
		s->level = config->level;
}

void level_record(const struct sheep *s, struct store_config *config)
{
	config->level = s->level;
}

/* ------------------------------------------------------------------ requests */

static bool frontend_fits(const struct sheep *s, uint8_t version)
{
	const struct version_range *r = &s->options.frontend;

	/* 0: not said, which has always been good enough */
	if (version == 0)
		return true;
	return version >= r->lowest && version <= (r->highest ? r->highest : SD_PROTO_VER);
}

/* The level, or what is taken beside it while it changes. */
static enum dialect peer_dialect(const struct sheep *s, uint8_t version)
{
	if (dialect_info(s->level)->version == version)
		return s->level;
	if (s->also != DIALECT_NONE && dialect_info(s->also)->version == version)
		return s->also;
	return DIALECT_NONE;
}

enum dialect level_of_request(const struct sheep *s, const struct req *q)
{
	const struct op_info *info = op_info(q->opcode);
	enum dialect d;

	if (q->opcode < SD_OP_INTERNAL)
		return frontend_fits(s, q->proto_ver) ? s->speaks.highest : DIALECT_NONE;
	if (info && info->protocol == PROTOCOL_PEER)
		return peer_dialect(s, q->proto_ver);
	d = dialect_of_version(q->proto_ver, &s->speaks_admin);
	if (d == DIALECT_NONE && !info)
		d = peer_dialect(s, q->proto_ver); /* whoever asks, it is told that there is none */
	return d;
}

enum dialect level_of_message(const struct sheep *s, const struct req *q)
{
	enum dialect d;

	/* Those of clients have a body, and cannot cross a change of the level, which has one. */
	if (q->opcode < SD_OP_INTERNAL)
		return s->level;
	d = peer_dialect(s, q->proto_ver);
	return d != DIALECT_NONE ? d : dialect_of_version(q->proto_ver, &s->speaks);
}

bool level_has_op(const struct sheep *s, enum dialect d, uint8_t opcode)
{
	if (quirk(s, QUIRK_SILENT_JOIN) && (opcode == SD_OP_CAN_SPEAK || opcode == SD_OP_SET_LEVEL))
		return false; /* sheepdog has no such operations */
	if (quirk(s, QUIRK_NO_DISCARD) && (opcode == SD_OP_DISCARD_OBJ || opcode == SD_OP_DEL_VDI))
		return false;
	return dialect_has_op(d, opcode);
}

/* ------------------------------------------------------------------ joins */

void level_offer(const struct sheep *s, struct dialect_offer *offer)
{
	*offer = (struct dialect_offer){0};
	if (quirk(s, QUIRK_SILENT_JOIN))
		return;
	offer->speaks = s->speaks;
	if (s->ci.ctime)
		offer->level = s->level;
}

bool level_accepts(enum dialect level, const struct dialect_offer *offer, char why[120])
{
	char range[24];

	if (offer->speaks.highest == DIALECT_NONE || dialect_in(level, &offer->speaks))
		return true;
	snprintf(why, 120, "peer protocol: the node speaks %s, the cluster %s",
		 dialect_range_text(&offer->speaks, range), dialect_info(level)->name);
	return false;
}

enum dialect level_stated(const struct sheep *s, uint8_t version)
{
	if (dialect_info(s->level)->version == version)
		return s->level;
	return dialect_of_version(version, &s->speaks);
}

void level_adopt(struct sheep *s, enum dialect level)
{
	struct store_config config;

	assert(dialect_in(level, &s->speaks));
	s->ci.proto_ver = dialect_info(level)->version;
	if (s->level == level)
		return;
	world_note(s->world, TRACE_LEVEL, dialect_info(level)->version,
		   dialect_info(s->level)->version, node_epoch(s), 0);
	s->level = level;
	store_config_get(s->store, &config);
	if (config.ctime) {
		level_record(s, &config);
		config_put(s, &config);
	}
}
