/*
 * What the lists of operations say, for people.
 */
#include "api/sim.h"
#include "wire/ops.h"

/* The index-th operation by opcode; NULL: there are not so many. */
static const struct op_info *operation_at(unsigned index)
{
	const struct op_info *info;

	for (unsigned i = 0; i <= UINT8_MAX; i++) {
		info = op_info((uint8_t)i);
		if (info && index-- == 0)
			return info;
	}
	return NULL;
}

const char *sheepsim_operation(unsigned index, uint8_t *opcode)
{
	const struct op_info *info = operation_at(index);

	if (info && opcode)
		*opcode = info->opcode;
	return info ? info->name : NULL;
}

const struct sheepsim_operation_info *sheepsim_operation_info(unsigned index)
{
	static const char *const runs[] = {
		[OP_NONE] = "none",   [OP_GATEWAY] = "gateway",	      [OP_PEER] = "peer",
		[OP_LOCAL] = "local", [OP_CLUSTER_NOTIFY] = "notify", [OP_CLUSTER_BLOCK] = "block",
	};
	static _Thread_local struct sheepsim_operation_info said;
	const struct op_info *info = operation_at(index);

	if (!info)
		return NULL;
	said = (struct sheepsim_operation_info){
		.name = info->name,
		.opcode = info->opcode,
		.protocol = protocol_name(info->protocol),
		.runs = runs[info->class],
		.runs_words = op_class_words(info->class),
		.while_waiting = info->force,
		.logged = info->log,
		.obsolete = info->until != SD_RELEASE_NOW,
		.request = variant_name(info->req_variant),
		.answer = variant_name(info->rsp_variant),
		.sends = shape_words(info->sends),
		.gets = shape_words(info->gets),
		.since = release_words(info->since),
		.until = info->until == SD_RELEASE_NOW ? "" : release_words(info->until),
	};
	return &said;
}
