/* Values of calls that need the cluster to be understood. */
#include <stdio.h>
#include <string.h>

#include "scenario/arguments.h"
#include "scenario/call_values.h"
#include "scenario/vms.h"

int call_strips(struct run *r, const struct call *call, unsigned int *data, unsigned int *parity)
{
	const char *ec = call_word(call, "ec", NULL);
	char rest;

	if (ec != NULL && sscanf(ec, "%2u:%2u%c", data, parity, &rest) != 2)
		return fail(r, SHEEPSIM_E_SCENARIO, "ec: `%s' is not DATA:PARITY, like 4:2", ec);
	return 0;
}

int call_small(struct run *r, const struct call *call, const char *key, unsigned int *number)
{
	uint64_t given = call_number(call, key, 0);

	if (given > 255)
		return fail(r, SHEEPSIM_E_SCENARIO, "%s is at most 255", key);
	*number = (unsigned int)given;
	return 0;
}

int object_oid(struct run *r, const char *word, uint64_t *oid)
{
	struct object_name o = {0};
	uint32_t vid;

	parse_object(word, &o);
	*oid = o.oid;
	if (o.vdi[0] == '\0')
		return 0;
	vid = vm_vid(r, o.vdi);
	if (vid == 0)
		return fail(r, SHEEPSIM_E_NOT_FOUND, "this scenario has made no VDI `%s'", o.vdi);
	/* spec 3.1: the vid from bit 32 on; bit 63 for the inode */
	*oid = (uint64_t)vid << 32 | (o.has_index ? o.index : UINT64_C(1) << 63);
	return 0;
}

int call_oid(struct run *r, const struct call *call, const char *key, uint64_t *oid)
{
	return object_oid(r, call_word(call, key, ""), oid);
}

int result_number(struct run *r, const char *name, uint32_t *result)
{
	for (*result = 0; *result < 256; (*result)++) {
		const char *known = sheepsim_result_name(*result);

		if (known != NULL && strcmp(known, name) == 0)
			return 0;
	}
	return fail(r, SHEEPSIM_E_SCENARIO, "there is no result `%s' (EIO, NO_SPACE, NO_OBJ, ...)",
		    name);
}

int chosen_nodes(struct run *r, const struct call *call, const char *key, int *nodes)
{
	int all = sheepsim_nodes(r->sim);
	int one = call_node(call, key, -1);

	if (one >= 0) {
		nodes[0] = one;
		return 1;
	}
	for (int i = 0; i < all && i < MAX_NODES; i++)
		nodes[i] = i;
	return all < MAX_NODES ? all : MAX_NODES;
}

bool node_runs(struct run *r, int node)
{
	struct sheepsim_node_info info;

	if (sheepsim_node_info(r->sim, node, &info) < 0)
		return false;
	return info.state == SHEEPSIM_NODE_MEMBER || info.state == SHEEPSIM_NODE_EX_MEMBER ||
	       info.state == SHEEPSIM_NODE_HELD;
}

int lowest_member(struct run *r)
{
	struct sheepsim_node_info info;

	for (int i = 0; i < sheepsim_nodes(r->sim); i++) {
		if (sheepsim_node_info(r->sim, i, &info) >= 0 && info.state == SHEEPSIM_NODE_MEMBER)
			return i;
	}
	return -1;
}

void text_nodes(struct text *t, const int *nodes, int nr)
{
	if (nr == 0)
		text_add(t, "-");
	for (int i = 0; i < nr; i++)
		text_add(t, "%s%d", i > 0 ? " " : "", nodes[i]);
}

struct sheepsim_versions call_versions(const struct call *call)
{
	return (struct sheepsim_versions){
		.peer = call_word(call, "peer-version", NULL),
		.admin = call_word(call, "admin-version", NULL),
		.frontend = call_word(call, "frontend-version", NULL),
		.driver = call_word(call, "driver-version", NULL),
		.silent = call_has(call, "silent"),
	};
}

/* The words of a list with commas, each with this before it. */
static void add_words(struct text *t, const char *words, const char *before)
{
	while (*words != '\0') {
		size_t len = strcspn(words, ",");

		text_add(t, "%s", before);
		text_addn(t, words, len);
		text_add(t, ",");
		words += len + (words[len] == ',');
	}
}

void call_quirks(struct run *r, const struct call *call, struct text *t)
{
	add_words(t, call_word(call, "profile", ""), "");
	add_words(t, call_word(call, "with", ""), "");
	add_words(t, call_word(call, "without", ""), "-");
	text_add(t, "%s", r->options->quirks != NULL ? r->options->quirks : "");
}
