/*
 * What the protocol demands of a request before its handler sees it (wire-protocols 1.4, 4.3-4.7).
 *
 * Rules are only those that sheepdog has itself, and those for requests that would crash it: what
 * real clients send and real sheep answer passes.
 */
#include <assert.h>
#include <inttypes.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/older.h"
#include "sheepsim/wire/peer.h"
#include "wire/error.h"
#include "wire/ops.h"
#include "wire/records.h"
#include "wire/traffic.h"

#define INVALID (-(int)SD_RES_INVALID_PARMS)
#define SMALL	(-(int)SD_RES_BUFFER_SMALL)

/* Places in the header. */
#define AT_FLAGS  offsetof(struct sd_req, flags)
#define AT_LENGTH offsetof(struct sd_req, data_length)

/* Lengths that an operation demands, by opcode; zeros demand nothing. */
struct length_rule {
	bool payload;  /* flag WRITE and a payload from min to max bytes, a multiple of unit */
	uint32_t min;  /* without payload: room for the answer, from min to max bytes */
	uint32_t max;  /* 0: no limit */
	uint32_t unit; /* 0: any */
};

static const struct length_rule length_rules[256] = {
	[SD_OP_CREATE_AND_WRITE_OBJ] = {.payload = true},
	[SD_OP_WRITE_OBJ] = {.payload = true},
	[SD_OP_NEW_VDI] = {.payload = true, .min = 256, .max = 256},
	[SD_OP_LOCK_VDI] = {.payload = true, .min = 256, .max = 512, .unit = 256},
	[SD_OP_GET_VDI_INFO] = {.payload = true, .min = 256, .max = 512, .unit = 256},
	[SD_OP_DEL_VDI] = {.payload = true, .min = 256, .max = 512, .unit = 256},
	[SD_OP_READ_VDIS] = {.min = SD_VDI_BITMAP_SIZE, .max = SD_VDI_BITMAP_SIZE},
	[SD_OP_READ_DEL_VDIS] = {.min = SD_VDI_BITMAP_SIZE, .max = SD_VDI_BITMAP_SIZE},
	[SD_OP_CREATE_AND_WRITE_PEER] = {.payload = true},
	[SD_OP_WRITE_PEER] = {.payload = true},
	[SD_OP_GET_VNODES] = {.min = 4},
	[SD_OP_NOTIFY_VDI_DEL] = {.payload = true, .min = 4, .max = 4},
	[SD_OP_COMPLETE_RECOVERY] = {.payload = true, .min = SD_NODE_SIZE, .max = SD_NODE_SIZE},
	[SD_OP_MAKE_FS] = {.payload = true, .min = 1},
	[SD_OP_GET_VDI_ATTR] = {.payload = true, .min = SD_ATTR_OBJ_SIZE, .max = SD_ATTR_OBJ_SIZE},
	[SD_OP_STAT_RECOVERY] = {.min = sizeof(struct sd_recovery_state)},
	[SD_OP_TRACE_ENABLE] = {.payload = true, .min = 1},
	[SD_OP_TRACE_DISABLE] = {.payload = true, .min = 1},
	[SD_OP_MD_INFO] = {.min = sizeof(struct sd_md_info_list),
			   .max = sizeof(struct sd_md_info_list)},
	[SD_OP_MD_PLUG] = {.payload = true, .min = 1},
	[SD_OP_MD_UNPLUG] = {.payload = true, .min = 1},
	[SD_OP_STAT] = {.min = sizeof(struct sd_stat)},
	[SD_OP_GET_LOGLEVEL] = {.min = 4},
	[SD_OP_SET_LOGLEVEL] = {.payload = true, .min = 4, .max = 4},
	[SD_OP_CLUSTER_INFO] = {.min = SD_CLUSTER_INFO_SIZE},
	[SD_OP_OIDS_EXIST] = {.payload = true, .unit = 8},
	[SD_OP_GET_RECOVERY] = {.min = sizeof(struct sd_recovery_throttling)},
	[SD_OP_SET_RECOVERY] = {.payload = true,
				.min = sizeof(struct sd_recovery_throttling),
				.max = sizeof(struct sd_recovery_throttling)},
	[SD_OP_SET_VNODES] = {.payload = true, .min = 4, .max = 8, .unit = 4},
};

static int check_lengths(const struct req *h, const struct length_rule *rule,
			 struct wire_error *err)
{
	if (rule->payload && !(h->flags & SD_FLAG_CMD_WRITE))
		return wire_fail(err, INVALID, AT_FLAGS,
				 "needs a payload, but flag WRITE is not set");
	if (rule->payload && h->data_length < rule->min)
		return wire_fail(err, INVALID, AT_LENGTH,
				 "payload of %" PRIu32 " bytes, at least %" PRIu32 " are needed",
				 h->data_length, rule->min);
	if (rule->unit && h->data_length % rule->unit != 0)
		return wire_fail(err, INVALID, AT_LENGTH,
				 "payload of %" PRIu32 " bytes is no multiple of %" PRIu32,
				 h->data_length, rule->unit);
	if (rule->max && h->data_length > rule->max)
		return wire_fail(err, INVALID, AT_LENGTH,
				 "data_length is %" PRIu32 ", more than %" PRIu32, h->data_length,
				 rule->max);
	if (!rule->payload && h->data_length < rule->min)
		return wire_fail(err, rule->max ? INVALID : SMALL, AT_LENGTH,
				 "room for %" PRIu32 " bytes, the answer has %" PRIu32,
				 h->data_length, rule->min);
	return 0;
}

static int check_shift(uint8_t shift, size_t at, struct wire_error *err)
{
	if (shift == 0 || (shift >= SD_MIN_BLOCK_SIZE_SHIFT && shift <= SD_MAX_BLOCK_SIZE_SHIFT))
		return 0;
	return wire_fail(err, INVALID, at, "block_size_shift is %u, not 0 or %d to %d", shift,
			 SD_MIN_BLOCK_SIZE_SHIFT, SD_MAX_BLOCK_SIZE_SHIFT);
}

/* copies is 0 (the default) or what a list of targets can hold. */
static int check_copies(uint8_t copies, size_t at, struct wire_error *err)
{
	if (copies <= SD_MAX_COPIES)
		return 0;
	return wire_fail(err, INVALID, at, "%u copies, more than %d", copies, SD_MAX_COPIES);
}

static int check_policy(uint8_t policy, size_t at, struct wire_error *err)
{
	if (policy == 0 || sd_policy_is_code(policy))
		return 0;
	return wire_fail(err, INVALID, at, "copy_policy 0x%02x is no erasure code", policy);
}

static int check_new_vdi(const struct req *h, struct wire_error *err)
{
	int ret = check_copies(h->vdi.copies, offsetof(struct sd_req, vdi.copies), err);

	if (ret == 0)
		ret = check_policy(h->vdi.copy_policy, offsetof(struct sd_req, vdi.copy_policy),
				   err);
	if (ret == 0)
		ret = check_shift(h->vdi.block_size_shift,
				  offsetof(struct sd_req, vdi.block_size_shift), err);
	if (ret == 0 && h->vdi.store_policy > SD_STORE_POLICY_BTREE)
		ret = wire_fail(err, INVALID, offsetof(struct sd_req, vdi.store_policy),
				"store_policy is %u, not 0 or 1", h->vdi.store_policy);
	return ret;
}

static int check_make_fs(const struct req *h, struct wire_error *err)
{
	int ret = check_copies(h->cluster.copies, offsetof(struct sd_req, cluster.copies), err);

	if (ret == 0)
		ret = check_policy(h->cluster.copy_policy,
				   offsetof(struct sd_req, cluster.copy_policy), err);
	if (ret == 0)
		ret = check_shift(h->cluster.block_size_shift,
				  offsetof(struct sd_req, cluster.block_size_shift), err);
	return ret;
}

static int check_decref(const struct req *h, struct wire_error *err)
{
	/* The counter of the next generation must exist too. */
	if (h->ref.generation < sizeof(struct sd_ledger) / sizeof(sd_le32) - 1)
		return 0;
	return wire_fail(err, INVALID, offsetof(struct sd_req, ref.generation),
			 "generation %" PRIu32 " has no next one in a ledger", h->ref.generation);
}

static int check_loglevel(const struct blob *payload, struct wire_error *err)
{
	uint8_t bytes[4];
	uint32_t level;

	blob_read(payload, 0, bytes, sizeof(bytes));
	level = get_le32(bytes);
	if (level <= SD_MAX_LOGLEVEL)
		return 0;
	return wire_fail(err, INVALID, WIRE_HEADER, "log level %" PRId32 ", not 0 to %d",
			 (int32_t)level, SD_MAX_LOGLEVEL);
}

/* ALTER_*_COPY: sheepdog reads byte 33 as cluster.copy_policy in both, and takes only 0. */
static int check_alter_copy(uint8_t copies, size_t at, uint8_t policy, struct wire_error *err)
{
	size_t at_policy = offsetof(struct sd_req, cluster.copy_policy);

	if (policy != 0)
		return wire_fail(err, INVALID, at_policy, "copy_policy is 0x%02x, not 0", policy);
	return check_copies(copies, at, err);
}

/* Ranges of fields; lengths are right. */
static int check_fields(const struct req *h, const struct blob *payload, struct wire_error *err)
{
	switch (h->opcode) {
	case SD_OP_NEW_VDI:
		return check_new_vdi(h, err);
	case SD_OP_DECREF_OBJ:
	case SD_OP_DECREF_PEER:
		return check_decref(h, err);
	case SD_OP_VDI_STATE_CHECKPOINT_CTL:
		if (h->checkpoint.get && h->data_length < SD_VDI_STATE_SIZE)
			return wire_fail(err, SMALL, AT_LENGTH,
					 "room for %" PRIu32 " bytes, the answer has %d",
					 h->data_length, SD_VDI_STATE_SIZE);
		return 0;
	case SD_OP_MAKE_FS:
		return check_make_fs(h, err);
	case SD_OP_SET_LOGLEVEL:
		return check_loglevel(payload, err);
	case SD_OP_ALTER_CLUSTER_COPY:
		return check_alter_copy(h->cluster.copies, offsetof(struct sd_req, cluster.copies),
					h->cluster.copy_policy, err);
	case SD_OP_ALTER_VDI_COPY:
		return check_alter_copy(h->vdi_state.copies,
					offsetof(struct sd_req, vdi_state.copies),
					h->rest[offsetof(struct sd_req_cluster, copy_policy)], err);
	default:
		return 0;
	}
}

/* What holds of all requests with this operation (NULL: there is none). */
static int check_front(const struct req *h, const struct op_info *info, const struct blob *payload,
		       struct wire_error *err)
{
	uint64_t expected = h->flags & SD_FLAG_CMD_WRITE ? h->data_length : 0;

	if (!info || info->class == OP_NONE)
		return wire_fail(err, INVALID, offsetof(struct sd_req, opcode),
				 "unknown opcode 0x%02x", h->opcode);
	if (blob_size(payload) != expected)
		return wire_fail(err, INVALID, AT_LENGTH,
				 "payload of %" PRIu64 " bytes where the header says %" PRIu64,
				 blob_size(payload), expected);
	if ((info->class == OP_CLUSTER_NOTIFY || info->class == OP_CLUSTER_BLOCK) &&
	    expected > SD_MAX_EVENT_SIZE - VDI_OP_HEAD)
		return wire_fail(err, INVALID, AT_LENGTH,
				 "%" PRIu32 " bytes do not fit into a notification of %d",
				 h->data_length, SD_MAX_EVENT_SIZE);
	return 0;
}

int req_validate(const struct req *h, const struct blob *payload, struct wire_error *err)
{
	int ret = check_front(h, op_info(h->opcode), payload, err);

	if (ret == 0)
		ret = check_lengths(h, &length_rules[h->opcode], err);
	return ret < 0 ? ret : check_fields(h, payload, err);
}

/* The lengths that a release before 1.0 demands, as far as they are known (versions.md 4). */
static struct length_rule older_rule(enum dialect d, uint8_t opcode)
{
	uint32_t node = dialect_info(d)->node_size;

	switch (opcode) {
	case SD_OP_COMPLETE_RECOVERY:
		return (struct length_rule){.payload = true, .min = node, .max = node};
	case SD_OP_NOTIFY_VDI_ADD:
		if (d > DIALECT_07A)
			return length_rules[opcode];
		return (struct length_rule){.payload = true,
					    .min = sizeof(struct sd_vdi_state_07a),
					    .max = sizeof(struct sd_vdi_state_07a)};
	case SD_OP_NEW_VDI:
	case SD_OP_LOCK_VDI:
	case SD_OP_GET_VDI_INFO:
	case SD_OP_STAT_RECOVERY:
		/* names and states of recovery have these sizes since 0.6 and 0.7 */
		if (d < (opcode == SD_OP_STAT_RECOVERY ? DIALECT_08 : DIALECT_07B))
			return (struct length_rule){0};
		return length_rules[opcode];
	default:
		return length_rules[opcode];
	}
}

int dialect_req_validate(enum dialect d, const struct req *h, const struct blob *payload,
			 struct wire_error *err)
{
	const struct op_info *info = op_info_at(dialect_info(d)->release, h->opcode);
	struct length_rule rule = older_rule(d, h->opcode);
	int ret;

	if (d == DIALECT_NEWEST)
		return req_validate(h, payload, err);
	ret = check_front(h, info, payload, err);
	return ret < 0 ? ret : check_lengths(h, &rule, err);
}
