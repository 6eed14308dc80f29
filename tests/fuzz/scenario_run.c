/*
 * Whole scenarios: whatever its commands do to a small cluster, it ends, with one of the results
 * that there are, and the same one when it is run again.
 *
 * Input: the text. Large numbers would only make it slow, so texts with some are left out.
 */
#include "fuzz.h"

#include <stdio.h>

#include "base/mem.h"
#include "scenario/command.h"
#include "sheepsim/sheepsim.h"

#define COMMANDS_MAX 48u
#define COUNT_MAX    64u /* of copies, objects, events, ... */
#define NODES_MAX    8u
#define BYTES_MAX    (UINT64_C(4) << 20)
#define TIME_MAX     (2 * SHEEPSIM_SECOND)

/* The largest value that is quick. */
static uint64_t limit_of(const struct param *p)
{
	switch (p->type) {
	case VALUE_COUNT:
		if (strcmp(p->name, "nodes") == 0)
			return NODES_MAX;
		return strcmp(p->name, "seed") == 0 ? UINT64_MAX : COUNT_MAX;
	case VALUE_NODE:
		return NODES_MAX;
	case VALUE_SIZE:
		return strcmp(p->name, "space") == 0 ? UINT64_MAX : BYTES_MAX;
	case VALUE_TIME:
		return strcmp(p->name, "within") == 0 ? UINT64_MAX : TIME_MAX;
	default:
		return UINT64_MAX;
	}
}

static bool is_small(const struct call *call)
{
	for (size_t i = 0; i < call->nr_values; i++) {
		const struct value *v = &call->values[i];

		if (v->number > limit_of(v->param) || (v->call && !is_small(v->call)))
			return false;
	}
	return true;
}

/* A scenario that can be parsed, and is done soon. */
static bool is_quick(const char *text)
{
	struct complaint c = {.name = "fuzz"};
	struct script *s = script_parse(text, c.name, &c);
	bool quick = s != NULL;
	size_t nr = 0;

	for (size_t i = 0; quick && i < s->nr_blocks; i++) {
		for (size_t k = 0; quick && k < s->blocks[i].nr_calls; k++)
			quick = is_small(s->blocks[i].calls[k]) && ++nr <= COMMANDS_MAX;
	}
	script_free(s);
	free(c.words);
	return quick;
}

static void check_result(int error, const struct sheepsim_scenario_result *result)
{
	switch (error) {
	case 0:
		assert(result->message[0] == '\0' && result->diff[0] == '\0');
		break;
	case SHEEPSIM_E_MISMATCH:
		assert(result->message[0] != '\0' || result->diff[0] != '\0');
		break;
	case SHEEPSIM_E_SCENARIO:
	case SHEEPSIM_E_NO_PROGRESS:
	case SHEEPSIM_E_VACUOUS:
	case SHEEPSIM_E_VIOLATION:
		assert(result->message[0] != '\0');
		break;
	default:
		assert(!"a scenario ended with an error that no scenario ends with");
	}
	assert(memchr(result->message, '\0', sizeof(result->message)) != NULL);
	assert(result->transcript != NULL && result->diff != NULL);
}

/* What was recorded passes: the output of a run is what the next one gives. */
static void check_recorded(const char *transcript, const struct sheepsim_scenario *options)
{
	struct sheepsim_scenario_result again;
	int error = sheepsim_scenario_run(transcript, options, &again);

	assert(error == 0 && again.diff[0] == '\0');
	assert(strcmp(transcript, again.transcript) == 0);
	sheepsim_scenario_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sheepsim_scenario options = {.name = "fuzz"};
	struct sheepsim_scenario_result one, two;
	struct input in = {data, size};
	char *text = take_string(&in);
	int error, again;

	if (is_quick(text)) {
		error = sheepsim_scenario_run(text, &options, &one);
		check_result(error, &one);
		again = sheepsim_scenario_run(text, &options, &two);
		assert(again == error);
		assert(one.digest == two.digest && one.coarse == two.coarse);
		assert(one.events == two.events && one.time == two.time);
		assert(strcmp(one.transcript, two.transcript) == 0);
		if (one.recordable)
			check_recorded(one.transcript, &options);
		sheepsim_scenario_free(&one);
		sheepsim_scenario_free(&two);
	}
	free(text);
	return 0;
}
