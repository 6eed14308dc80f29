/*
 * The commands that read and write VDIs; their entries stand with those of the VDIs.
 */
#ifndef SHEEPSIM_SCENARIO_COMMANDS_IO_H
#define SHEEPSIM_SCENARIO_COMMANDS_IO_H

#include "scenario/run.h"

extern const struct param write_params[];
extern const struct param read_params[];
extern const struct param discard_params[];
extern const struct param load_params[];
extern const struct param wait_params[];

int run_write(struct run *r, const struct call *call);
int run_read(struct run *r, const struct call *call);
int run_discard(struct run *r, const struct call *call);
int run_flush(struct run *r, const struct call *call);
int run_load(struct run *r, const struct call *call);
int run_wait(struct run *r, const struct call *call);

#endif
