/*
 * The disks of a node: what becomes of the node when one is plugged, unplugged or fails (R550,
 * R551, R715-R717), and what it announces of their size (R238). Which disk holds what is the
 * store's; who calls this: admin_md.c, objects.c, the node's start.
 */
#ifndef SHEEPSIM_SHEEP_DISKS_H
#define SHEEPSIM_SHEEP_DISKS_H

#include "sheep/node.h"

/* The process starts with the disks of its command line. */
void disks_open(struct sheep *s);

/*
 * Plugs or unplugs the disk with this path (R717). False: nothing has changed. After all that one
 * request asks for, disks_changed() follows if anything has.
 */
bool disks_plug(struct sheep *s, const char *path);
bool disks_unplug(struct sheep *s, const char *path);

/* A level run (R550), or the end if no disk is left (R551). */
void disks_changed(struct sheep *s);

/*
 * An operation has failed because of its disk (R716): the result for who asked for it. The disk is
 * dropped on the loop, soon.
 */
uint32_t disk_failed(struct sheep *s, uint8_t disk);

/* The index, for the world, of the disk that an object lies on. */
uint32_t disk_queue(const struct sheep *s, uint64_t oid);

/*
 * The update of its own record has reached the node, or never will: requests to REWEIGHT that wait
 * for it are answered.
 */
void disks_reweighed(struct sheep *s);

#endif
