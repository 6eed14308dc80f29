/*
 * The machines that use VDIs. Each VDI has one VM, which opens it, reads and writes it, through one
 * gateway; so what a VM knows of its inode is never out of date behind its back. Names of VDIs and
 * their vids are kept here too, to call objects by name.
 */
#ifndef SHEEPSIM_SCENARIO_VMS_H
#define SHEEPSIM_SCENARIO_VMS_H

#include "scenario/run.h"

struct vm {
	char *vdi;
	struct sheepsim_client *client;
	int gateway;
	char *dialect; /* of its client; NULL: the default */
	bool writeback;
	STAILQ_ENTRY(vm) link;
};

/* What a vid is called: "alpha" is a working VDI, "alpha@tag" a snapshot. */
struct vid_name {
	uint32_t vid;
	char *name;
	STAILQ_ENTRY(vid_name) link;
};

/*
 * The VM of a VDI. It talks to node `via`; without one (-1) to the node it has talked to before, or
 * the lowest member if that does not run.
 */
int vm_get(struct run *r, const char *vdi, int via, struct vm **vm);

/*
 * The same, and from now on its client speaks this dialect (NULL: as it does already, the default
 * if it is new). If that is another one than before, or writeback, the old client gives the VDI
 * back and a new one takes its place.
 */
int vm_get_as(struct run *r, const char *vdi, int via, const char *dialect, bool writeback,
	      struct vm **vm);

/* Somebody who asks the cluster about no VDI in particular. */
int vm_dog(struct run *r, int via, struct sheepsim_client **client);

/* The VDI is gone. */
void vm_drop(struct run *r, const char *vdi);

/* Vid of a name as of "alpha" or "alpha@tag"; 0: unknown. */
uint32_t vm_vid(const struct run *r, const char *vdi);

/* From now on vid, and no other, is called so; tag may be NULL. */
void vm_name(struct run *r, uint32_t vid, const char *vdi, const char *tag);

/* The name of a vid, or its number in hexadecimal. */
void text_vid(const struct run *r, struct text *t, uint32_t vid);

/* "data alpha[3]", "inode alpha" */
void text_object(const struct run *r, struct text *t, uint64_t oid);

/* Kind and owner without an index; *index is its number, *counted whether it has one. */
void text_object_family(const struct run *r, struct text *t, uint64_t oid, uint32_t *index,
			bool *counted);

/* Closes all clients; and forgets what vids are called, which outlives them. */
void vms_close(struct run *r);
void vm_names_free(struct run *r);

#endif
