#include "wire/ops.h"

#include <stdio.h>
#include <string.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/older.h"
#include "sheepsim/wire/older_header.h"
#include "sheepsim/wire/peer.h"
#include "wire/fields.h"

/* The documented numbers and the lists must agree. */
#define CHECK_OPCODE(name, number, ...) _Static_assert(SD_OP_##name == number, #name);
SD_OPS_FRONTEND(CHECK_OPCODE)
SD_OPS_PEER(CHECK_OPCODE)
SD_OPS_DRIVER(CHECK_OPCODE)
SD_OPS_ADMIN(CHECK_OPCODE)

#define CHECK_FLAG(name, bit) _Static_assert(SD_FLAG_CMD_##name == bit, #name);
SD_FLAGS(CHECK_FLAG)
SD_FLAGS_PEER(CHECK_FLAG)
SD_FLAGS_VDI_ATTR(CHECK_FLAG)

#define CHECK_OLDER(name, number, ...) _Static_assert(SD_OP_##name##_OLDER == number, #name);
SD_OPS_OLDER(CHECK_OLDER)
#define CHECK_CLUSTER_FLAG(name, bit) _Static_assert(SD_CLUSTER_FLAG_##name == bit, #name);
SD_CLUSTER_FLAGS(CHECK_CLUSTER_FLAG)
#define CHECK_CLUSTER_FLAG_07(name, bit) _Static_assert(SD_CLUSTER_FLAG_07_##name == bit, #name);
SD_CLUSTER_FLAGS_07(CHECK_CLUSTER_FLAG_07)
#define CHECK_STATUS_07(name, bit) _Static_assert(SD_STATUS_07_##name == bit, #name);
SD_STATUSES_07(CHECK_STATUS_07)

#define INFO(proto, opname, number, opclass, opforce, oplog, req, rsp, opsends, opgets, opsince,   \
	     opuntil)                                                                              \
	{                                                                                          \
		.name = #opname, .opcode = number, .protocol = proto, .class = OP_##opclass,       \
		.force = opforce, .log = oplog, .req_variant = VARIANT_##req,                      \
		.rsp_variant = VARIANT_##rsp, .sends = SHAPE_##opsends, .gets = SHAPE_##opgets,    \
		.since = SD_RELEASE_##opsince, .until = SD_RELEASE_##opuntil,                      \
	}
#define ENTRY(proto, opname, number, ...) [number] = INFO(proto, opname, number, __VA_ARGS__),
#define FRONTEND(...)			  ENTRY(PROTOCOL_FRONTEND, __VA_ARGS__)
#define PEER(...)			  ENTRY(PROTOCOL_PEER, __VA_ARGS__)
#define DRIVER(...)			  ENTRY(PROTOCOL_DRIVER, __VA_ARGS__)
#define ADMIN(...)			  ENTRY(PROTOCOL_ADMIN, __VA_ARGS__)

/* By opcode; entries without a name are not assigned. */
static const struct op_info ops[256] = {SD_OPS_FRONTEND(FRONTEND) SD_OPS_PEER(PEER)
						SD_OPS_DRIVER(DRIVER) SD_OPS_ADMIN(ADMIN)};

#define OLDER(...) INFO(PROTOCOL_ADMIN, __VA_ARGS__),
static const struct op_info older_ops[] = {SD_OPS_OLDER(OLDER)};

#define RESULT_NAME(name, number, words) [number] = #name,
static const char *const result_names[256] = {SD_RESULTS_FRONTEND(RESULT_NAME)
						      SD_RESULTS_INTERNAL(RESULT_NAME)};

const struct op_info *op_info(uint8_t opcode)
{
	return ops[opcode].name ? &ops[opcode] : NULL;
}

const struct op_info *op_info_at(enum sd_release release, uint8_t opcode)
{
	const struct op_info *info = op_info(opcode);

	for (size_t i = 0; i < sizeof(older_ops) / sizeof(older_ops[0]); i++) {
		if (older_ops[i].opcode == opcode && release < older_ops[i].until)
			return release < older_ops[i].since ? NULL : &older_ops[i];
	}
	return info && release >= info->since ? info : NULL;
}

const char *op_name(uint8_t opcode, char buf[8])
{
	if (ops[opcode].name)
		return ops[opcode].name;
	snprintf(buf, 8, "0x%02x", opcode);
	return buf;
}

int op_by_name(const char *name)
{
	for (int i = 0; i < 256; i++) {
		if (ops[i].name && strcmp(ops[i].name, name) == 0)
			return i;
	}
	return -1;
}

enum shape payload_shape(uint8_t opcode, bool answer)
{
	const struct op_info *info = op_info(opcode);

	if (!info)
		return SHAPE_DATA;
	return answer ? info->gets : info->sends;
}

const char *protocol_name(enum protocol p)
{
	switch (p) {
	case PROTOCOL_FRONTEND:
		return "frontend";
	case PROTOCOL_PEER:
		return "peer";
	case PROTOCOL_DRIVER:
		return "driver";
	case PROTOCOL_ADMIN:
		return "admin";
	case PROTOCOL_NONE:
		break;
	}
	return "none";
}

#define WORDS(name, words) words,
const char *op_class_words(enum op_class c)
{
	static const char *const words[] = {SD_OP_CLASSES(WORDS)};

	return words[c];
}

const char *shape_words(enum shape shape)
{
	static const char *const words[] = {SD_PAYLOADS(WORDS)};

	return words[shape];
}

const char *release_words(enum sd_release release)
{
	static const char *const words[] = {SD_RELEASES(WORDS)};

	return words[release];
}

const char *variant_name(enum variant v)
{
	switch (v) {
#define NAME_CASE(number, variant, FIELDS)                                                         \
	case number:                                                                               \
		return #variant;
		REQ_VARIANTS(NAME_CASE)
		REQ_VARIANTS_08(NAME_CASE)
	case VARIANT_NODE:
		return "node";
	case VARIANT_NODE_08:
		return "node_08";
	case VARIANT_HASH:
		return "hash";
	case VARIANT_CLUSTER_DEFAULT:
		return "cluster_default";
	case VARIANT_NONE:
		break;
	}
	return "none";
}

const char *result_name(uint32_t result, char buf[12])
{
	if (result < 256 && result_names[result])
		return result_names[result];
	snprintf(buf, 12, "0x%02x", result);
	return buf;
}

/* A result that a release had another number for. */
struct renumbered {
	uint32_t then, now;
};

#define RENUMBERED(name, number, words) {number, SD_RES_##name},
static const struct renumbered results_07a[] = {SD_RESULTS_07A(RENUMBERED){0}};
static const struct renumbered results_09[] = {SD_RESULTS_09(RENUMBERED){0}};

uint32_t result_at(enum sd_release release, uint32_t result)
{
	const struct renumbered *r = NULL;

	if (release < SD_RELEASE_0_6)
		r = results_07a;
	else if (release >= SD_RELEASE_0_9 && release < SD_RELEASE_1_0)
		r = results_09;
	for (; r && r->then; r++) {
		if (r->then == result)
			return r->now;
	}
	return result;
}

const char *result_name_at(enum sd_release release, uint32_t result, char buf[12])
{
	return result_name(result_at(release, result), buf);
}

struct flag_name {
	uint16_t bit;
	const char *name;
};

#define FLAG_NAME(name, bit) {bit, #name},
static const struct flag_name flag_names[] = {SD_FLAGS(FLAG_NAME) SD_FLAGS_PEER(FLAG_NAME){0}};
static const struct flag_name attr_flag_names[] = {SD_FLAGS(FLAG_NAME)
							   SD_FLAGS_VDI_ATTR(FLAG_NAME){0}};
static const struct flag_name cluster_flag_names[] = {SD_CLUSTER_FLAGS(FLAG_NAME){0}};
static const struct flag_name cluster_flag_07_names[] = {SD_CLUSTER_FLAGS_07(FLAG_NAME){0}};
static const struct flag_name status_07_names[] = {SD_STATUSES_07(FLAG_NAME){0}};

static const char *join_flags(const struct flag_name *names, uint16_t flags, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (; names->name; names++) {
		if (flags & names->bit)
			len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? "|" : "",
						names->name);
		flags &= (uint16_t)~names->bit;
	}
	if (flags)
		snprintf(buf + len, size - len, "%s0x%x", len ? "|" : "", flags);
	return buf;
}

const char *flags_text(uint8_t opcode, uint16_t flags, char buf[96])
{
	return join_flags(opcode == SD_OP_GET_VDI_ATTR ? attr_flag_names : flag_names, flags, buf,
			  96);
}

const char *cluster_flags_text(uint16_t flags, char buf[96])
{
	return join_flags(cluster_flag_names, flags, buf, 96);
}

const char *cluster_flags_text_07(uint16_t flags, char buf[96])
{
	return join_flags(cluster_flag_07_names, flags, buf, 96);
}

const char *status_text_07(uint32_t status, char buf[96])
{
	return join_flags(status_07_names, (uint16_t)status, buf, 96);
}
