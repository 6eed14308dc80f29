/*
 * The operation tables of a node, one for each protocol (D4), indexed by opcode: what a name in
 * wire/ops.h does here. An operation without an entry is answered as unknown.
 */
#ifndef SHEEPSIM_SHEEP_OPS_TABLES_H
#define SHEEPSIM_SHEEP_OPS_TABLES_H

#include "sheep/node.h"

extern const struct op frontend_ops[256];
extern const struct op peer_ops[256];
extern const struct op driver_ops[256];
extern const struct op admin_ops[256];

#endif
