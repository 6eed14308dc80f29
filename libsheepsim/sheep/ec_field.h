/*
 * Arithmetic in GF(2^8) with polynomial 0x11d, on single elements and on rows of bytes. For ec.c
 * and its tests only.
 */
#ifndef SHEEPSIM_SHEEP_EC_FIELD_H
#define SHEEPSIM_SHEEP_EC_FIELD_H

#include <stdint.h>

/* Rows that can be combined at once, and results. */
#define FIELD_MAX_IN  16
#define FIELD_MAX_OUT 15

uint8_t field_mul(uint8_t a, uint8_t b);

/* a must not be 0. */
uint8_t field_inverse(uint8_t a);

/*
 * out[r][i] = sum over c of weight[r * nr_in + c] * in[c][i], for nr_out rows r and len bytes i.
 * By ISA-L where the library was built with it, which is many times faster.
 */
void field_combine(const uint8_t *weight, uint32_t nr_in, uint32_t nr_out, uint8_t *in[],
		   uint8_t *out[], uint32_t len);

/* The same without ISA-L, which not every machine has. */
void field_combine_portable(const uint8_t *weight, uint32_t nr_in, uint32_t nr_out, uint8_t *in[],
			    uint8_t *out[], uint32_t len);

#endif
