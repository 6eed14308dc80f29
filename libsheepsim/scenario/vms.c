/* VMs, and what vids and objects are called. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/vms.h"

/* ------------------------------------------------------------------ clients */

/* Opens *client at the wanted gateway, or moves it there. */
static int client_at(struct run *r, struct sheepsim_client **client, int *gateway, int via)
{
	int error;

	if (via < 0 && (*client == NULL || !node_runs(r, *gateway)))
		via = lowest_member(r);
	if (via < 0 && *client == NULL)
		return fail(r, SHEEPSIM_E_STATE, "no node runs that could be a gateway");
	if (via < 0 || (*client != NULL && via == *gateway))
		return 0;
	error = *client == NULL ? sheepsim_client_open(r->sim, via, client)
				: sheepsim_client_move(*client, via);
	if (error == 0)
		*gateway = via;
	return error;
}

int vm_get(struct run *r, const char *vdi, int via, struct vm **vm)
{
	struct vm *v;
	int error;

	STAILQ_FOREACH (v, &r->vms, link) {
		if (strcmp(v->vdi, vdi) == 0)
			break;
	}
	*vm = v;
	if (v != NULL)
		return client_at(r, &v->client, &v->gateway, via);
	v = mem_alloc(sizeof(*v));
	error = client_at(r, &v->client, &v->gateway, via);
	if (error != 0) {
		free(v);
		return error;
	}
	v->vdi = mem_string(vdi);
	STAILQ_INSERT_TAIL(&r->vms, v, link);
	*vm = v;
	return 0;
}

int vm_dog(struct run *r, int via, struct sheepsim_client **client)
{
	int error = client_at(r, &r->dog, &r->dog_gateway, via);

	*client = r->dog;
	return error;
}

static void vm_free(struct run *r, struct vm *v)
{
	STAILQ_REMOVE(&r->vms, v, vm, link);
	sheepsim_client_close(v->client);
	free(v->vdi);
	free(v);
}

void vm_drop(struct run *r, const char *vdi)
{
	struct vm *v;

	STAILQ_FOREACH (v, &r->vms, link) {
		if (strcmp(v->vdi, vdi) == 0) {
			vm_free(r, v);
			return;
		}
	}
}

void vms_close(struct run *r)
{
	struct vid_name *n;

	while (!STAILQ_EMPTY(&r->vms))
		vm_free(r, STAILQ_FIRST(&r->vms));
	if (r->dog != NULL)
		sheepsim_client_close(r->dog);
	r->dog = NULL;
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
