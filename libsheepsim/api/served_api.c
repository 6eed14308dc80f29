/*
 * Clusters that are served live, or were: where their nodes are, and what is kept of clients of
 * which only messages are known.
 */
#include <string.h>

#include <sheepsim/live.h>
#include <sheepsim/wire/object.h>

#include "api/sim.h"
#include "base/mem.h"

/* ------------------------------------------------------------------ what is known of objects */

static const struct node *any_member(const struct sheepsim *sim)
{
	for (int i = 0; i < sim->nr_nodes; i++)
		if (node_is_running(sim->nodes[i]))
			return sim->nodes[i];
	return NULL;
}

static uint64_t object_bytes(void *arg, uint64_t oid)
{
	const struct node *n = any_member(arg);

	if (!n)
		return UINT64_C(1) << SD_DEFAULT_BLOCK_SIZE_SHIFT;
	/* clients see all strips as one */
	return sheep_object_size(n->sheep, oid) *
	       sd_policy_data_strips(sheep_policy(n->sheep, oid));
}

static bool object_is_coded(void *arg, uint64_t oid)
{
	const struct node *n = any_member(arg);

	return n && sd_policy_is_code(sheep_policy(n->sheep, oid));
}

/* Looks for an object among what inodes name. */
struct search {
	const struct store *store;
	uint64_t oid;
	bool found;
};

/* Names it in its index, and is no deleted VDI's. */
static void search_inode(void *arg, struct store_key k)
{
	struct search *s = arg;
	struct blob *inode;
	uint8_t entry[4], first;

	if (s->found || k.stale_epoch || !sd_oid_is_inode(k.oid))
		return;
	inode = store_get(s->store, k);
	blob_read(inode, 0, &first, 1);
	blob_read(inode, INODE_DATA_VIDS + 4ull * sd_oid_index(s->oid), entry, sizeof entry);
	s->found = first && get_le32(entry) == sd_oid_vid(s->oid);
	blob_unref(inode);
}

static void search_vdi(void *arg, const struct vdi_state *v)
{
	struct search *s = arg;

	s->found = s->found || (v->vid == sd_oid_vid(s->oid) && !v->deleted);
}

/* It must if a VDI that is not deleted has it. */
static bool must_exist(void *arg, uint64_t oid)
{
	const struct sheepsim *sim = arg;
	struct search s = {.oid = oid};

	/* 0 in an index is no VDI's */
	if (!sd_oid_vid(oid))
		return false;
	for (int i = 0; i < sim->nr_nodes && !s.found; i++) {
		const struct node *n = sim->nodes[i];

		s.store = n->store;
		if (sd_oid_is_inode(oid)) {
			if (node_is_running(n))
				sheep_vdis(n->sheep, search_vdi, &s);
		} else if (sd_oid_is_data(oid)) {
			store_each(n->store, search_inode, &s);
		}
	}
	return s.found;
}

void sim_hear_clients(struct sheepsim *sim)
{
	const struct spoken_facts facts = {
		.size = object_bytes,
		.coded = object_is_coded,
		.wanted = must_exist,
		.arg = sim,
	};

	if (!sim->spoken)
		sim->spoken = spoken_new(&sim->universe.trace, sim->history, &facts, PLACE_RAW);
}

/* ------------------------------------------------------------------ where nodes are */

int sheepsim_served(struct sheepsim *sim, int node, const char *address, uint16_t port)
{
	struct node_id id = {.port = port};

	if (node < sim->nr_nodes || node >= SD_MAX_NODES)
		return sim_fail(sim, SHEEPSIM_E_INVALID,
				"node %d is there already, or never will be", node);
	if (!address || !parse_address(address, id.addr) || !port)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "\"%.100s\", port %u: no place to listen",
				address ? address : "", port);
	if ((unsigned)node >= sim->nr_served) {
		sim->served = mem_resize(sim->served, (size_t)node + 1, sizeof(*sim->served));
		memset(&sim->served[sim->nr_served], 0,
		       ((size_t)node + 1 - sim->nr_served) * sizeof(*sim->served));
		sim->nr_served = (unsigned)node + 1;
	}
	sim->served[node] = id;
	sim_hear_clients(sim);
	return 0;
}

int sim_place(struct sheepsim *sim, int index, struct sheepsim_node *config, char address[48])
{
	const struct node_id *id;
	int error = 0;

	if (sim->host) {
		error = sim->host->place(sim->host, index, config);
	} else if ((unsigned)index < sim->nr_served && sim->served[index].port) {
		id = &sim->served[index];
		if (!config->address)
			config->address = address_text(id->addr, address);
		if (!config->port)
			config->port = id->port;
	}
	return error;
}
