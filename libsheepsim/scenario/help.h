/*
 * The manual of the scenario language, made from the tables of commands.
 */
#ifndef SHEEPSIM_SCENARIO_HELP_H
#define SHEEPSIM_SCENARIO_HELP_H

#include <stdbool.h>

struct text;

/*
 * Adds what there is to say of a command, or of a family of commands ("show"); NULL: one line for
 * each, by topic. False: there is no such command.
 */
bool scenario_manual(const char *name, struct text *t);

#endif
