/*
 * Looking VDIs up by name (R610-R612), for the operations that begin with it.
 */
#ifndef SHEEPSIM_SHEEP_VDI_LOOKUP_H
#define SHEEPSIM_SHEEP_VDI_LOOKUP_H

#include "sheep/vdi_io.h"

struct lookup {
	/* what is sought; tag empty and snap_id 0: the working VDI */
	char name[SD_MAX_VDI_LEN + 1];
	char tag[SD_MAX_VDI_TAG_LEN + 1];
	uint32_t snap_id;
	void (*done)(struct lookup *l);

	/*
	 * The answer: SUCCESS, NO_VDI, NO_TAG, FULL_VDI, or why an inode could not be read. vid is
	 * the VDI found; with NO_VDI the last snapshot of that name, if there is one (R611).
	 */
	uint32_t result;
	uint32_t vid;
	uint32_t next_snap_id; /* for the next VDI of that name */
	uint64_t create_time;  /* of the VDI found */
	uint32_t free_vid;     /* for a new VDI of that name; not with FULL_VDI */

	/* private */
	struct flow flow;
	uint32_t at;	  /* candidate that is being read */
	uint32_t last;	  /* lowest candidate of the part that is being scanned */
	uint32_t wrapped; /* lowest of the part that comes after it; 0: none */
};

/*
 * Takes name and tag from a payload of 256 or 512 bytes and snap_id from the request. False: the
 * payload has another length (INVALID_PARMS).
 */
bool lookup_parse(struct lookup *l, const struct request *r);

/* Starts; done() may be called within this call. */
void lookup_start(struct sheep *s, struct lookup *l, void (*done)(struct lookup *l));

/* Fills the answer of an operation about this VDI from the table: vid, copies, shift. */
void lookup_answer(struct request *r, uint32_t vid);

#endif
