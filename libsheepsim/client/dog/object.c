/* dog vdi object map, vdi object location, vdi track: where objects are. */
#include <stdlib.h>
#include <string.h>

#include "client/dog/internal.h"

/* The object that is asked for: the inode, or (-i) one of its data objects; 0: that is not there.
 */
static uint64_t wanted_oid(const struct dog *d)
{
	uint32_t owner;

	if (!d->o.index_set)
		return sd_vid_to_inode_oid(d->vdi.vid);
	owner = dog_owner(&d->vdi, d->o.index);
	return owner ? sd_vid_to_data_oid(owner, d->o.index) : 0;
}

/* ------------------------------------------------------------------ map */

enum dog_next dog_vdi_object_map(struct dog *d)
{
	uint32_t nr;

	DOG_BEGIN(d);
	dog_take_name(d);
	DOG_CALL(d, dog_read_vdi);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	dog_say(d, "Index       VID\n");
	nr = dog_nr_objects(&d->vdi.head);
	for (uint32_t i = 0; i < nr; i++) {
		uint32_t owner = dog_owner(&d->vdi, i);

		if (owner && (!d->o.index_set || d->o.index == i))
			dog_say(d, "%08u %8x\n", i, owner);
	}
	DOG_END(d);
}

/* ------------------------------------------------------------------ location */

static void say_holders(struct dog *d, const char *between)
{
	char id[64];

	for (uint32_t i = 0; i < d->nr_holders; i++)
		dog_say(d, "%s%s", i ? between : "", dog_node(&d->nodes[d->holders[i]].nid, id));
	dog_say(d, "\n");
}

static void say_what(struct dog *d, uint64_t oid, const char *doing)
{
	if (!d->o.index_set)
		dog_say(d, "%s the inode object 0x%x with %zu nodes\n\n", doing, d->vdi.vid,
			d->nr_nodes);
	else if (doing[0] == 'T')
		dog_say(d, "%s the object %016llx (the inode vid 0x%x idx %u) with %zu nodes\n\n",
			doing, (unsigned long long)oid, d->vdi.vid, d->o.index, d->nr_nodes);
	else
		dog_say(d, "%s the object %016llx (vid 0x%x idx %u, %u copies) with %zu nodes\n\n",
			doing, (unsigned long long)oid, d->vdi.vid, d->o.index,
			d->vdi.head.nr_copies, d->nr_nodes);
}

/* The object that the command is about; false: there is none, which was said. */
static bool has_object(struct dog *d)
{
	if (wanted_oid(d))
		return true;
	dog_say(d, "The inode object 0x%x idx %u is not allocated\n", d->vdi.vid, d->o.index);
	return false;
}

/* The VDI, and its object, or the run is over. */
static enum dog_next find_object(struct dog *d)
{
	DOG_BEGIN(d);
	dog_take_name(d);
	DOG_CALL(d, dog_prelude);
	DOG_CALL(d, dog_read_vdi);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	if (!has_object(d))
		return dog_stop(d, DOG_OK);
	DOG_END(d);
}

enum dog_next dog_vdi_object_location(struct dog *d)
{
	char id[64];
	struct req *q;

	DOG_BEGIN(d);
	DOG_CALL(d, find_object);
	say_what(d, wanted_oid(d), "Looking for");
	for (d->i = 0; d->i < d->nr_nodes; d->i++) {
		q = dog_prepare(d, SD_OP_EXIST, 0);
		q->epoch = d->epoch;
		q->obj.oid = wanted_oid(d);
		dog_send(d, &d->nodes[d->i].nid, NULL);
		DOG_AWAIT(d);
		dog_say(d, "%s %s the object\n", dog_node(&d->nodes[d->i].nid, id),
			d->result == SD_RES_SUCCESS ? "has" : "doesn't have");
	}
	dog_say(d, "\nAccording to sheepdog algorithm, the object should be located at:\n");
	dog_locate(d, wanted_oid(d), d->vdi.head.nr_copies);
	say_holders(d, " ");
	DOG_END(d);
}

/* ------------------------------------------------------------------ track */

/* Where it was in the i-th epoch; d->nodes becomes that epoch's members. */
static void say_epoch(struct dog *d, uint32_t i, uint64_t oid)
{
	struct node_rec *nodes;
	struct epoch_log log;

	if (!dog_epoch_at(d, i, &log, &nodes))
		return;
	free(d->nodes);
	d->nodes = nodes;
	d->nr_nodes = log.nr_nodes;
	dog_locate(d, oid, d->vdi.head.nr_copies);
	dog_say(d,
		"obj %016llx locations at epoch %u, copies = %u\n"
		"---------------------------------------------------\n",
		(unsigned long long)oid, log.epoch, d->nr_holders);
	say_holders(d, "\n");
}

enum dog_next dog_vdi_track(struct dog *d)
{
	DOG_BEGIN(d);
	DOG_CALL(d, find_object);
	say_what(d, wanted_oid(d), "Tracking");
	DOG_CALL(d, dog_epochs);
	for (uint32_t i = 0; i < d->epoch; i++)
		say_epoch(d, i, wanted_oid(d));
	DOG_END(d);
}
