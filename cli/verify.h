/*
 * Is a scenario the same when it runs again? (D5)
 */
#ifndef SHEEPSIM_CLI_VERIFY_H
#define SHEEPSIM_CLI_VERIFY_H

#include <stdbool.h>

#include "sheepsim/sheepsim.h"

/* Runs it twice; false, after showing the first event that differs and what stood before it, if the
 * runs were not the same. */
bool verify_scenario(const char *text, const struct sheepsim_scenario *scenario);

#endif
