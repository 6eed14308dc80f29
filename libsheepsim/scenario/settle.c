/* What nodes have come to. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "scenario/rows.h"
#include "scenario/settle.h"
#include "sheepsim/wire/cluster.h"

const char *status_word(const struct sheepsim_node_info *info)
{
	switch (info->status) {
	case SD_STATUS_OK:
		return "OK";
	case SD_STATUS_WAIT:
		return info->epoch > 0 ? "waits for members" : "waits for format";
	case SD_STATUS_SHUTDOWN:
		return "SHUTDOWN";
	case SD_STATUS_KILLED:
		return "KILLED";
	default:
		return "off";
	}
}

const char *state_word(enum sheepsim_node_state state)
{
	switch (state) {
	case SHEEPSIM_NODE_OFF:
		return "off";
	case SHEEPSIM_NODE_JOINING:
		return "joining";
	case SHEEPSIM_NODE_MEMBER:
		return "member";
	case SHEEPSIM_NODE_EX_MEMBER:
		return "ex-member";
	case SHEEPSIM_NODE_HELD:
		return "held";
	}
	return "";
}

static void row_of_status(struct run *r, int node, const struct sheepsim_node_info *info)
{
	row_begin(r);
	row_number(r, "node", (uint64_t)node);
	row_text(r, "status", status_word(info));
	row_number(r, "epoch", info->epoch);
	row_end(r);
}

void say_statuses(struct run *r)
{
	int all = sheepsim_nodes(r->sim);
	struct sheepsim_node_info *info = mem_array((size_t)all + 1, sizeof(*info));
	int *same = mem_array((size_t)all + 1, sizeof(*same));
	struct text t = {0};

	for (int i = 0; i < all; i++) {
		sheepsim_node_info(r->sim, i, &info[i]);
		if (info[i].status != 0)
			row_of_status(r, i, &info[i]);
	}
	for (int i = 0; i < all; i++) {
		int nr = 0;

		if (info[i].status == 0)
			continue;
		for (int k = i; k < all; k++) {
			if (info[k].status == info[i].status && info[k].epoch == info[i].epoch)
				same[nr++] = k;
		}
		text_clear(&t);
		text_nodes(&t, same, nr);
		say(r, "node%s %s: %s, epoch %" PRIu32, nr == 1 ? "" : "s", text_get(&t),
		    status_word(&info[i]), info[i].epoch);
		for (int k = 1; k < nr; k++)
			info[same[k]].status = 0; /* said already */
	}
	text_free(&t);
	free(info);
	free(same);
}
