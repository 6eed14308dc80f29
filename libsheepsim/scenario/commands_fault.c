/* Commands that make things go wrong. */
#include "scenario/call_values.h"
#include "scenario/rules.h"

/* ------------------------------------------------------------------ messages in the way */

#define MESSAGE_PARAMS                                                                             \
	{"from", VALUE_NODE, PARAM_KEY, NULL}, {"to", VALUE_NODE, PARAM_KEY, NULL},                \
		{"oid", VALUE_OBJECT, PARAM_KEY, NULL}, {"requests", VALUE_FLAG, PARAM_KEY, NULL}, \
		{"answers", VALUE_FLAG, PARAM_KEY, NULL}, {"nth", VALUE_COUNT, PARAM_KEY, NULL},   \
		{"count", VALUE_COUNT, PARAM_KEY, NULL}, {"as", VALUE_WORD, PARAM_KEY, NULL},      \
	{                                                                                          \
		"maybe", VALUE_FLAG, PARAM_KEY, NULL                                               \
	}

static const struct param filter_params[] = {
	{"OPERATION", VALUE_MESSAGE, PARAM_NEEDED, NULL},
	MESSAGE_PARAMS,
	PARAMS_END,
};

static const struct param delay_params[] = {
	{"OPERATION", VALUE_MESSAGE, PARAM_NEEDED, NULL},
	{"by", VALUE_TIME, PARAM_KEY_NEEDED, NULL},
	MESSAGE_PARAMS,
	PARAMS_END,
};

static const struct param on_params[] = {
	{"WHAT", VALUE_EVENT, PARAM_NEEDED, NULL},     MESSAGE_PARAMS,
	{"node", VALUE_NODE, PARAM_KEY, NULL},	       {"after", VALUE_TIME, PARAM_KEY, NULL},
	{"COMMAND", VALUE_ACTION, PARAM_NEEDED, NULL}, PARAMS_END,
};

static const struct param name_params[] = {
	{"NAME", VALUE_WORD, PARAM_OPTIONAL, NULL},
	PARAMS_END,
};

static int release_rules(struct run *r, const struct call *call, bool remove)
{
	const char *name = call_word(call, "NAME", NULL);
	int nr = rules_release(r, name, remove);

	if (nr == 0 && name != NULL)
		return fail(r, SHEEPSIM_E_SCENARIO, "there is no rule as=%s", name);
	return nr < 0 ? nr : 0;
}

static int run_deliver(struct run *r, const struct call *call)
{
	return release_rules(r, call, false);
}

static int run_clear(struct run *r, const struct call *call)
{
	return release_rules(r, call, true);
}

static const struct param link_params[] = {
	{"A", VALUE_NODE, PARAM_NEEDED, NULL},
	{"B", VALUE_NODE, PARAM_NEEDED, NULL},
	PARAMS_END,
};

static int run_cut(struct run *r, const struct call *call)
{
	return sheepsim_cut(r->sim, call_node(call, "A", -1), call_node(call, "B", -1), true);
}

static int run_mend(struct run *r, const struct call *call)
{
	return sheepsim_cut(r->sim, call_node(call, "A", -1), call_node(call, "B", -1), false);
}

/* ------------------------------------------------------------------ the cluster driver */

static const struct param driver_delay_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	{"TIME", VALUE_TIME, PARAM_NEEDED, NULL},
	{"next", VALUE_COUNT, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_driver_delay(struct run *r, const struct call *call)
{
	uint64_t next = call_number(call, "next", 0);
	uint64_t position = 0;

	if (next > 0)
		position = sheepsim_driver_position(r->sim) + next - 1;
	return sheepsim_driver_delay(r->sim, call_node(call, "NODE", -1), position,
				     call_number(call, "TIME", 0));
}

static const struct param node_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	PARAMS_END,
};

static int run_driver_pause(struct run *r, const struct call *call)
{
	return sheepsim_driver_pause(r->sim, call_node(call, "NODE", -1), true);
}

static int run_driver_resume(struct run *r, const struct call *call)
{
	return sheepsim_driver_pause(r->sim, call_node(call, "NODE", -1), false);
}

static const struct param nodes_params[] = {
	{"NODE", VALUE_NODE, PARAM_MANY, NULL},
	PARAMS_END,
};

static int lose(struct run *r, int node)
{
	return sheepsim_driver_lose(r->sim, node);
}

static int cut_off(struct run *r, int node)
{
	return sheepsim_driver_cut(r->sim, node, true);
}

static int reach(struct run *r, int node)
{
	return sheepsim_driver_cut(r->sim, node, false);
}

static int each_node(struct run *r, const struct call *call, int (*fn)(struct run *r, int node))
{
	int error = 0;

	for (size_t i = 0; i < call->nr_values && error >= 0; i++)
		error = fn(r, (int)call->values[i].number);
	return error;
}

static int run_driver_lose(struct run *r, const struct call *call)
{
	return each_node(r, call, lose);
}

static int run_driver_cut(struct run *r, const struct call *call)
{
	return each_node(r, call, cut_off);
}

static int run_driver_mend(struct run *r, const struct call *call)
{
	return each_node(r, call, reach);
}

const struct command fault_commands[] = {
	{"drop", "loses messages, and with each the connection that it is on",
	 "TCP loses nothing in silence: both ends learn it at once. (For silence there is "
	 "`block'.) OPERATION is a name (READ_PEER) or *. Messages may be chosen by from and to "
	 "(nodes), "
	 "oid, "
	 "direction (requests or answers), and number: from the nth that matches on, count of them "
	 "(one if only nth is given, all if neither is). as names the rule for `clear' and "
	 "`deliver'. A rule that has acted on no message when the scenario ends makes it fail as "
	 "vacuous, unless it says maybe.",
	 filter_params, true, rule_add},
	{"delay", "lets messages arrive later", "Messages are chosen as for `drop'.", delay_params,
	 true, rule_add},
	{"block", "holds messages back until `deliver' or `clear'",
	 "Messages are chosen as for `drop'.", filter_params, true, rule_add},
	{"deliver", "lets go what a rule, or all of them, hold back; they stay", "", name_params,
	 true, run_deliver},
	{"clear", "removes a rule, or all of them; what they hold back is let go", "", name_params,
	 true, run_clear},
	{"on", "runs a command when a message is sent, or when an event happens",
	 "WHAT is an operation, chosen as for `drop', or a kind of event (`show events'), at one "
	 "node with node=. It happens once, at the nth (first) that matches, or count times; after "
	 "so much time if that is given. The command must be one that takes no time: kill, start, "
	 "cut, drop, ...",
	 on_params, true, rule_add},
	{"cut", "cuts the link between two nodes", "Messages wait until `mend', both ways.",
	 link_params, true, run_cut},
	{"mend", "mends what `cut' has cut", "", link_params, true, run_mend},
	{"driver delay", "lets membership events reach a node later",
	 "All of them from now on, or only the one that is next=1 (2, ...) in the order of the "
	 "driver.",
	 driver_delay_params, true, run_driver_delay},
	{"driver pause", "keeps membership events from a node until `driver resume'", "",
	 node_params, true, run_driver_pause},
	{"driver resume", "ends `driver pause'", "", node_params, true, run_driver_resume},
	{"driver lose", "loses the sessions of nodes with the cluster driver",
	 "To the others they have left; they learn it a second later, and join again (R125).",
	 nodes_params, true, run_driver_lose},
	{"driver cut", "cuts nodes off from the cluster driver",
	 "Nothing comes through until `driver mend'. After the time that the driver takes to "
	 "notice "
	 "a death their sessions are lost (R124); they learn it when they are not cut off any "
	 "more. "
	 "Links between nodes are not cut: see `cut'.",
	 nodes_params, true, run_driver_cut},
	{"driver mend", "ends `driver cut'", "", nodes_params, true, run_driver_mend},
	{NULL, NULL, NULL, NULL, false, NULL},
};
