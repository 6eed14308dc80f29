/* Commands on VDIs: what dog does with them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/call_values.h"
#include "scenario/commands_io.h"
#include "scenario/rows.h"
#include "scenario/values.h"
#include "scenario/vms.h"

#define MAX_VDIS 4096

/* Says "alpha: vid ed202b, 64 MiB, 3 copies". */
static void say_vdi(struct run *r, const struct sheepsim_vdi_info *v)
{
	struct text t = {0};

	text_add(&t, "%s%s%s: vid %06" PRIx32 ", ", v->name, v->snapshot ? "@" : "",
		 v->snapshot ? v->tag : "", v->vid);
	text_size(&t, v->size);
	/* the policy byte: d / 2 in the high half, p in the low one (R311) */
	if (v->copy_policy != 0)
		text_add(&t, ", %u:%u", (v->copy_policy >> 4) * 2, v->copy_policy & 15);
	else
		text_add(&t, ", %u cop%s", v->copies, v->copies == 1 ? "y" : "ies");
	text_add(&t, ", %u object%s", v->objects, v->objects == 1 ? "" : "s");
	if (v->owned != v->objects)
		text_add(&t, ", %u of its own", v->owned);
	if (v->parent_vid != 0) {
		text_add(&t, ", from ");
		text_vid(r, &t, v->parent_vid);
	}
	say(r, "%s", text_get(&t));
	text_free(&t);
	vm_name(r, v->vid, v->name, v->snapshot ? v->tag : NULL);
	row_begin(r);
	row_text(r, "name", v->name);
	row_text(r, "tag", v->snapshot ? v->tag : NULL);
	row_hex(r, "vid", v->vid, 6);
	row_number(r, "size", v->size);
	row_number(r, "copies", v->copies);
	row_number(r, "copy_policy", v->copy_policy);
	row_number(r, "objects", v->objects);
	row_number(r, "owned", v->owned);
	row_hex(r, "parent", v->parent_vid, 6);
	row_end(r);
}

/* A working VDI that was made, perhaps with a snapshot below it. */
static void row_of_vid(struct run *r, const char *name, uint32_t vid, const char *tag,
		       uint32_t snapshot)
{
	row_begin(r);
	row_text(r, "name", name);
	row_hex(r, "vid", vid, 6);
	if (tag != NULL) {
		row_text(r, "tag", tag);
		row_hex(r, "snapshot", snapshot, 6);
	}
	row_end(r);
}

static const struct param create_params[] = {
	{"NAME", VALUE_WORD, PARAM_NEEDED, NULL}, {"SIZE", VALUE_SIZE, PARAM_NEEDED, NULL},
	{"copies", VALUE_COUNT, PARAM_KEY, NULL}, {"ec", VALUE_WORD, PARAM_KEY, NULL},
	{"shift", VALUE_COUNT, PARAM_KEY, NULL},  {"preallocate", VALUE_FLAG, PARAM_KEY, NULL},
	{"hyper", VALUE_FLAG, PARAM_KEY, NULL},	  {"via", VALUE_NODE, PARAM_KEY, NULL},
	{"dialect", VALUE_WORD, PARAM_KEY, NULL}, PARAMS_END,
};

static int run_create(struct run *r, const struct call *call)
{
	const char *name = call_word(call, "NAME", "");
	struct sheepsim_vdi v = {
		.name = name,
		.size = call_number(call, "SIZE", 0),
		.preallocate = call_has(call, "preallocate"),
		.hyper = call_has(call, "hyper"),
	};
	struct text t = {0};
	struct vm *vm;
	int error = call_small(r, call, "copies", &v.copies);

	if (error >= 0)
		error = call_small(r, call, "shift", &v.block_size_shift);
	if (error >= 0)
		error = call_strips(r, call, &v.data_strips, &v.parity_strips);
	if (error >= 0)
		error = vm_get_as(r, name, call_node(call, "via", -1),
				  call_word(call, "dialect", NULL), false, &vm);
	if (error >= 0)
		error = sheepsim_vdi_create(vm->client, &v);
	if (error < 0)
		return error;
	vm_name(r, sheepsim_last(vm->client)->vid, name, NULL);
	text_size(&t, v.size);
	say(r, "%s: vid %06" PRIx32 ", %s", name, vm_vid(r, name), text_get(&t));
	text_free(&t);
	row_of_vid(r, name, vm_vid(r, name), NULL, 0);
	return 0;
}

static const struct param list_params[] = {
	{"via", VALUE_NODE, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_list(struct run *r, const struct call *call)
{
	struct sheepsim_vdi_info *v = mem_array(MAX_VDIS, sizeof(*v));
	struct sheepsim_client *dog;
	int nr = vm_dog(r, call_node(call, "via", -1), &dog);

	if (nr >= 0)
		nr = sheepsim_vdi_list(dog, v, MAX_VDIS);
	for (int i = 0; i < nr && i < MAX_VDIS; i++)
		say_vdi(r, &v[i]);
	if (nr == 0)
		say(r, "no VDIs");
	free(v);
	return nr < 0 ? nr : 0;
}

static const struct param vdi_params[] = {
	{"NAME", VALUE_WORD, PARAM_NEEDED, NULL},
	{"tag", VALUE_WORD, PARAM_KEY, NULL},
	{"via", VALUE_NODE, PARAM_KEY, NULL},
	PARAMS_END,
};

static int lookup(struct run *r, const struct call *call, struct sheepsim_vdi_info *v)
{
	struct vm *vm;
	const char *name = call_word(call, "NAME", "");
	int error = vm_get(r, name, call_node(call, "via", -1), &vm);

	return error < 0 ? error
			 : sheepsim_vdi_lookup(vm->client, name, call_word(call, "tag", ""), 0, v);
}

static int run_show(struct run *r, const struct call *call)
{
	struct sheepsim_vdi_info v;
	int error = lookup(r, call, &v);

	if (error < 0)
		return error;
	say_vdi(r, &v);
	return 0;
}

static const struct param snapshot_params[] = {
	{"NAME", VALUE_WORD, PARAM_NEEDED, NULL},
	{"tag", VALUE_WORD, PARAM_KEY_NEEDED, NULL},
	{"via", VALUE_NODE, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_snapshot(struct run *r, const struct call *call)
{
	const char *name = call_word(call, "NAME", "");
	const char *tag = call_word(call, "tag", "");
	uint32_t old = vm_vid(r, name);
	struct sheepsim_vdi_info v;
	struct vm *vm;
	int error = vm_get(r, name, call_node(call, "via", -1), &vm);

	if (error >= 0)
		error = sheepsim_vdi_snapshot(vm->client, name, tag);
	if (error >= 0)
		error = sheepsim_vdi_lookup(vm->client, name, "", 0, &v);
	if (error < 0)
		return error;
	if (old != 0)
		vm_name(r, old, name, tag);
	vm_name(r, v.vid, name, NULL);
	say(r, "%s: vid %06" PRIx32 ", its snapshot %s is %06" PRIx32, name, v.vid, tag,
	    v.parent_vid);
	row_of_vid(r, name, v.vid, tag, v.parent_vid);
	return 0;
}

static const struct param move_params[] = {
	{"NAME", VALUE_WORD, PARAM_NEEDED, NULL},
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	PARAMS_END,
};

static int run_move(struct run *r, const struct call *call)
{
	struct vm *vm;

	return vm_get(r, call_word(call, "NAME", ""), call_node(call, "NODE", -1), &vm);
}

static int run_delete(struct run *r, const struct call *call)
{
	const char *name = call_word(call, "NAME", "");
	struct vm *vm;
	int error = vm_get(r, name, call_node(call, "via", -1), &vm);

	if (error >= 0)
		error = sheepsim_vdi_delete(vm->client, name, call_word(call, "tag", ""), 0);
	if (error < 0)
		return error;
	if (!call_has(call, "tag"))
		vm_drop(r, name);
	return 0;
}

/* ------------------------------------------------------------------ VMs of all generations */

static const struct param open_params[] = {
	{"NAME", VALUE_WORD, PARAM_NEEDED, NULL},
	{"dialect", VALUE_WORD, PARAM_KEY_NEEDED, NULL},
	{"writeback", VALUE_FLAG, PARAM_KEY, NULL},
	{"via", VALUE_NODE, PARAM_KEY, NULL},
	PARAMS_END,
};

static const struct param name_params[] = {
	{"NAME", VALUE_WORD, PARAM_NEEDED, NULL},
	PARAMS_END,
};

static int run_open(struct run *r, const struct call *call)
{
	struct vm *vm;

	return vm_get_as(r, call_word(call, "NAME", ""), call_node(call, "via", -1),
			 call_word(call, "dialect", NULL), call_has(call, "writeback"), &vm);
}

/* Is there such a generation? */
static bool is_generation(const char *word)
{
	const char *name;

	for (unsigned i = 0; (name = sheepsim_client_dialect(i, NULL)) != NULL; i++) {
		if (strcmp(name, word) == 0)
			return true;
	}
	return false;
}

static const struct param client_params[] = {
	{"dialect", VALUE_WORD, PARAM_KEY_NEEDED, NULL},
	{"writeback", VALUE_FLAG, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_client(struct run *r, const struct call *call)
{
	const char *word = call_word(call, "dialect", "");

	if (!is_generation(word))
		return fail(r, SHEEPSIM_E_INVALID,
			    "there is no client `%s\'; `sheepsim versions\' lists them", word);
	free(r->generation);
	r->generation = mem_string(word);
	r->writeback = call_has(call, "writeback");
	return 0;
}

static int run_release(struct run *r, const struct call *call)
{
	struct vm *vm;
	int error = vm_get(r, call_word(call, "NAME", ""), -1, &vm);

	return error < 0 ? error : sheepsim_client_release(vm->client);
}

static int run_branch(struct run *r, const struct call *call)
{
	const char *name = call_word(call, "NAME", "");
	uint32_t vid;
	struct vm *vm;
	int error = vm_get(r, name, call_node(call, "via", -1), &vm);

	if (error >= 0)
		error = sheepsim_vdi_branch(vm->client, name, call_word(call, "tag", ""));
	if (error < 0)
		return error;
	vid = sheepsim_last(vm->client)->vid;
	vm_name(r, vid, name, NULL);
	say(r, "%s: vid %06" PRIx32, name, vid);
	row_of_vid(r, name, vid, NULL, 0);
	return 0;
}

const struct command vdi_commands[] = {
	{"vdi create", "creates a VDI",
	 "copies, ec=DATA:PARITY and shift are the cluster's where they are not given. hyper makes "
	 "a hyper volume, as `dog vdi create -y' does: VMs cannot open it, dog can. via is the "
	 "node whose gateway is asked; the VDI's VM keeps to it in later commands. dialect is the "
	 "generation of the VM (`vdi open').",
	 create_params, false, run_create},
	{"client", "lets VMs be of another generation where nothing is said",
	 "VMs that begin from now on are clients of this generation (`vdi open\' lists them), with "
	 "writeback with a write-back cache. Those that are there stay as they are.",
	 client_params, false, run_client},
	{"vdi open", "lets a VDI's VM be one of another generation",
	 "dialect is the generation: qemu-0.13, qemu-1.1, qemu-1.4, qemu-1.5, qemu-1.7, qemu-2.2, "
	 "qemu-2.3, qemu-2.5, tgt-1.0.40, tgt-1.0.50, tgt-1.0.51, tgt-1.0.54, libsheepdog, sbd, "
	 "sheepfs, dog, or default. It sends what that one sends; `vdi create' takes the word too. "
	 "With writeback it believes in a write-back cache. The VM that was there before gives the "
	 "VDI back.",
	 open_params, false, run_open},
	{"vdi release", "lets a VDI's VM end, which gives its lock back",
	 "It opens the VDI again when it uses it again.", name_params, false, run_release},
	{"vdi branch", "makes a snapshot the working VDI, as a guest does that writes to one",
	 "DEL_VDI of the working VDI, then NEW_VDI with the snapshot as its base and snapid 0.",
	 snapshot_params, false, run_branch},
	{"vdi list", "lists all VDIs", "", list_params, false, run_list},
	{"show vdis", "lists all VDIs: another name of `vdi list'", "", list_params, false,
	 run_list},
	{"vdi show", "shows a VDI or one of its snapshots", "", vdi_params, false, run_show},
	{"vdi snapshot", "takes a snapshot of a VDI",
	 "The VDI goes on under a new vid; the snapshot's objects are called NAME@TAG from then "
	 "on.",
	 snapshot_params, false, run_snapshot},
	{"vdi move", "lets a VDI's VM talk to the gateway of another node",
	 "What is not answered yet is sent again there.", move_params, true, run_move},
	{"vdi delete", "deletes a VDI or one of its snapshots", "", vdi_params, false, run_delete},
	{"write", "writes to a VDI, as its VM does",
	 "The bytes follow from the seed and from where they are. Objects that do not exist are "
	 "created. With background the scenario goes on at once; `wait' tells what became of it. "
	 "via moves the VM to another gateway; without it, a VM whose gateway does not run goes "
	 "to the lowest member.",
	 write_params, false, run_write},
	{"read", "reads from a VDI, as its VM does",
	 "With a seed (that of the write) or zeros the bytes are compared, and what differs is a "
	 "failure; without, a digest of them is shown.",
	 read_params, false, run_read},
	{"discard", "discards whole objects of a VDI, as its VM does",
	 "Old ones send DISCARD_OBJ for each, newer ones write zeros into the index, some can do "
	 "neither.",
	 discard_params, false, run_discard},
	{"flush", "lets a VDI's VM flush its write-back cache, where it has one",
	 "A sheep that has none answers INVALID_PARMS, and the VM flushes no more.", name_params,
	 false, run_flush},
	{"load", "writes to a VDI in the background, again and again",
	 "writes (100) small writes of size (4K) at places in the first range (16M) bytes that "
	 "follow from the seed; one every 1ms, or as soon as the last one was answered if that "
	 "takes longer. `wait' waits for the end, and tells how many were acknowledged.",
	 load_params, false, run_load},
	{"wait", "waits until nothing is done in the background any more",
	 "Says what became of each write, read and load, in the order in which they began. within "
	 "defaults to 60s.",
	 wait_params, false, run_wait},
	{NULL, NULL, NULL, NULL, false, NULL},
};
