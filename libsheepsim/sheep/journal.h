/*
 * The journal of a node (R713): objects.c appends what it is about to do, and goes on when that is
 * written; boot.c opens it, which does again what the last process has left there.
 */
#ifndef SHEEPSIM_SHEEP_JOURNAL_H
#define SHEEPSIM_SHEEP_JOURNAL_H

#include "sheep/node.h"

/* Of the world: the disk on which both files are. */
#define JOURNAL_DEVICE STORE_MAX_DISKS

/* Strip index of what replay makes of strips (R921): their object's plain name. */
#define PLAIN_STRIP UINT8_MAX

/*
 * Replays what is there, if the node has a journal, and begins it anew. False: an object is
 * missing, and the process has ended (R204, R921). Called when the disks are known, before they are
 * scanned.
 */
bool journal_open(struct sheep *s);

/*
 * Appends the entry (sheep, io and link are private). next() is called when that is done; or
 * failed, which switches the journal off for good. Only while s->journal is there.
 */
void journal_append(struct sheep *s, struct append *a);

/*
 * Syncs everything and empties both files: for who changes objects without the journal, while
 * nothing is under way.
 */
void journal_empty(struct sheep *s);

/* The process ends in order (R232): what was written is synced, and the files are removed. */
void journal_close(struct sheep *s);
void journal_free(struct sheep *s);

#endif
