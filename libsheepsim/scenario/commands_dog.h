/* What commands of dog leave behind, for commands_dog.c and run.c. */
#ifndef SHEEPSIM_SCENARIO_COMMANDS_DOG_H
#define SHEEPSIM_SCENARIO_COMMANDS_DOG_H

#include "scenario/run.h"

/* Forgets what they have written. */
void dog_data_free(struct run *r);

#endif
