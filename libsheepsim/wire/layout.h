/*
 * What the tables of sizes and offsets are made of (layout.c, layout_older.c).
 */
#ifndef SHEEPSIM_WIRE_LAYOUT_H
#define SHEEPSIM_WIRE_LAYOUT_H

#include <stddef.h>

#define SIZE(type, size)                                                                           \
	_Static_assert(sizeof(struct type) == (size), "struct " #type " has " #size " bytes")
#define AT(type, field, offset)                                                                    \
	_Static_assert(offsetof(struct type, field) == (offset),                                   \
		       "struct " #type ": " #field " is at " #offset)
#define SAME(name, value) _Static_assert((name) == (value), #name " is " #value)

#endif
