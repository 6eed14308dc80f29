/* VMs, and what vids and objects are called. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/vms.h"

/* ------------------------------------------------------------------ clients */

/* Opens *client at the wanted gateway, as options say, or moves it there. */
static int client_at(struct run *r, const struct sheepsim_client_options *options,
		     struct sheepsim_client **client, int *gateway, int via)
{
	int error;

	if (via < 0 && (*client == NULL || !node_runs(r, *gateway)))
		via = lowest_member(r);
	if (via < 0 && *client == NULL)
		return fail(r, SHEEPSIM_E_STATE, "no node runs that could be a gateway");
	if (via < 0 || (*client != NULL && via == *gateway))
		return 0;
	error = *client == NULL ? sheepsim_client_open_as(r->sim, via, options, client)
				: sheepsim_client_move(*client, via);
	if (error == 0)
		*gateway = via;
	return error;
}

static void vm_free(struct run *r, struct vm *v)
{
	STAILQ_REMOVE(&r->vms, v, vm, link);
	sheepsim_client_close(v->client);
	free(v->dialect);
	free(v->vdi);
	free(v);
}

static struct vm *vm_find(struct run *r, const char *vdi)
{
	struct vm *v;

	STAILQ_FOREACH (v, &r->vms, link) {
		if (strcmp(v->vdi, vdi) == 0)
			break;
	}
	return v;
}

static int vm_open(struct run *r, const char *vdi, int via, const char *dialect, bool writeback,
		   struct vm **vm)
{
	struct sheepsim_client_options options = {.dialect = dialect, .writeback = writeback};
	struct vm *v = mem_alloc(sizeof(*v));
	int error;

	if (dialect == NULL) {
		options.dialect = dialect = r->generation;
		options.writeback = writeback = r->writeback;
	}
	error = client_at(r, &options, &v->client, &v->gateway, via);

	if (error != 0) {
		free(v);
		return error;
	}
	v->vdi = mem_string(vdi);
	v->dialect = dialect != NULL ? mem_string(dialect) : NULL;
	v->writeback = writeback;
	STAILQ_INSERT_TAIL(&r->vms, v, link);
	*vm = v;
	return 0;
}

int vm_get(struct run *r, const char *vdi, int via, struct vm **vm)
{
	return vm_get_as(r, vdi, via, NULL, false, vm);
}

int vm_get_as(struct run *r, const char *vdi, int via, const char *dialect, bool writeback,
	      struct vm **vm)
{
	struct vm *old = vm_find(r, vdi);
	int error;

	*vm = old;
	if (old == NULL)
		return vm_open(r, vdi, via, dialect, writeback, vm);
	if (dialect == NULL)
		return client_at(r, NULL, &old->client, &old->gateway, via);
	error = vm_open(r, vdi, via < 0 ? old->gateway : via, dialect, writeback, vm);
	if (error == 0)
		vm_free(r, old);
	return error;
}

int vm_dog(struct run *r, int via, struct sheepsim_client **client)
{
	const struct sheepsim_client_options options = {.dialect = NULL};
	int error = client_at(r, &options, &r->dog, &r->dog_gateway, via);

	*client = r->dog;
	return error;
}

void vm_drop(struct run *r, const char *vdi)
{
	struct vm *v = vm_find(r, vdi);

	if (v != NULL)
		vm_free(r, v);
}

void vms_close(struct run *r)
{
	while (!STAILQ_EMPTY(&r->vms))
		vm_free(r, STAILQ_FIRST(&r->vms));
	if (r->dog != NULL)
		sheepsim_client_close(r->dog);
	r->dog = NULL;
}

void vm_names_free(struct run *r)
{
	struct vid_name *n;

	while ((n = STAILQ_FIRST(&r->vids)) != NULL) {
		STAILQ_REMOVE_HEAD(&r->vids, link);
		free(n->name);
		free(n);
	}
}

/* ------------------------------------------------------------------ names */

void vm_name(struct run *r, uint32_t vid, const char *vdi, const char *tag)
{
	struct vid_name *fresh = mem_alloc(sizeof(*fresh));
	struct vid_name *n;
	struct vid_name *next;

	fresh->vid = vid;
	fresh->name = tag != NULL ? mem_format("%s@%s", vdi, tag) : mem_string(vdi);
	for (n = STAILQ_FIRST(&r->vids); n != NULL; n = next) {
		next = STAILQ_NEXT(n, link);
		if (n->vid != vid && strcmp(n->name, fresh->name) != 0)
			continue;
		STAILQ_REMOVE(&r->vids, n, vid_name, link);
		free(n->name);
		free(n);
	}
	STAILQ_INSERT_TAIL(&r->vids, fresh, link);
}

uint32_t vm_vid(const struct run *r, const char *vdi)
{
	const struct vid_name *n;

	STAILQ_FOREACH (n, &r->vids, link) {
		if (strcmp(n->name, vdi) == 0)
			return n->vid;
	}
	return 0;
}

void text_vid(const struct run *r, struct text *t, uint32_t vid)
{
	const struct vid_name *n;

	STAILQ_FOREACH (n, &r->vids, link) {
		if (n->vid == vid) {
			text_add(t, "%s", n->name);
			return;
		}
	}
	text_add(t, "%06" PRIx32, vid);
}

void text_object_family(const struct run *r, struct text *t, uint64_t oid, uint32_t *index,
			bool *counted)
{
	/* spec 3.1: the types by bit, from 63 down */
	static const char *const kinds[] = {"inode", "vmstate", "attribute", "btree", "ledger"};
	const char *kind = "data";

	*counted = true;
	*index = (uint32_t)oid;
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (oid >> (63 - i) & 1) {
			kind = kinds[i];
			*counted = i != 0;
			break;
		}
	}
	text_add(t, "%s ", kind);
	text_vid(r, t, (uint32_t)(oid >> 32 & 0xffffff));
}

void text_object(const struct run *r, struct text *t, uint64_t oid)
{
	uint32_t index;
	bool counted;

	text_object_family(r, t, oid, &index, &counted);
	if (counted)
		text_add(t, "[%" PRIu32 "]", index);
}
