/*
 * Member lists as epoch logs (R218), and back. Encoded and decoded forms are remembered, so that
 * nodes that agree on an epoch share its log too.
 */
#ifndef SHEEPSIM_PLACEMENT_LOG_H
#define SHEEPSIM_PLACEMENT_LOG_H

#include "placement/members.h"

/* The log of a list with this time (Unix seconds); borrowed from the list, until the next call. */
struct blob *members_log(struct members *m, uint64_t time);

/* The list in a log; a new reference, NULL if the bytes are no log. */
struct members *members_of_log(struct commons *c, struct blob *log);

#endif
