/*
 * The config record (R202a): what of the cluster info goes into it, and writing it, which may fail
 * as the writing of epoch logs may. The loop waits for both; they take no time of their own.
 */
#include <errno.h>
#include <string.h>

#include "sheep/level.h"
#include "world/universe.h"

uint32_t metadata_error(struct sheep *s, enum disk_use use, bool fits)
{
	int error = world_disk_error(s->world, use);

	if (!error && !fits)
		error = ENOSPC;
	if (!error)
		return SD_RES_SUCCESS;
	world_words(s->world, TRACE_ALERT, 0, node_epoch(s), "%s cannot be written: %s",
		    use == DISK_CONFIG ? "the config record" : "an epoch log",
		    disk_error_name(error));
	return error == ENOSPC || error == EDQUOT ? SD_RES_NO_SPACE : SD_RES_EIO;
}

uint32_t config_put(struct sheep *s, const struct store_config *c)
{
	uint32_t result = metadata_error(s, DISK_CONFIG, store_config_fits(s->store, c));

	if (result == SD_RES_SUCCESS)
		store_config_put(s->store, c);
	return result;
}

void config_take_cluster(struct sheep *s, struct store_config *c)
{
	c->ctime = s->ci.ctime;
	c->flags = s->ci.flags;
	c->nr_copies = s->ci.nr_copies;
	c->copy_policy = s->ci.copy_policy;
	c->block_size_shift = s->ci.block_size_shift;
	memcpy(c->store_name, s->ci.default_store, sizeof(c->store_name));
}

uint32_t config_write(struct sheep *s)
{
	struct store_config c;

	store_config_get(s->store, &c);
	config_take_cluster(s, &c);
	c.clean_shutdown = false;
	level_record(s, &c);
	return config_put(s, &c);
}
