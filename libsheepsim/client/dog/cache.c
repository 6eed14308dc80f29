/*
 * dog vdi cache, of dogs before 1.0: the object cache that it is about is gone, and a sheep of 1.0
 * has only empty answers left.
 */
#include "client/dog/internal.h"

static enum dog_next finish(struct dog *d)
{
	if (d->result == SD_RES_SUCCESS)
		return DOG_ENDS;
	dog_say(d, "Failed to execute request: %s\n", dog_result(d->result));
	return dog_stop(d, d->result == SD_RES_NETWORK_ERROR ? DOG_NO_SHEEP : DOG_FAILED);
}

/* About one VDI, by its inode. */
static enum dog_next about_vdi(struct dog *d, uint8_t opcode)
{
	DOG_BEGIN(d);
	dog_take_name(d);
	DOG_CALL(d, dog_find_vdi);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_FAILED);
	dog_prepare(d, opcode, 0)->obj.oid = sd_vid_to_inode_oid(d->vdi.vid);
	dog_send(d, NULL, NULL);
	DOG_AWAIT(d);
	return finish(d);
	DOG_END(d);
}

enum dog_next dog_vdi_cache_flush(struct dog *d)
{
	return about_vdi(d, SD_OP_FLUSH_VDI);
}

enum dog_next dog_vdi_cache_delete(struct dog *d)
{
	return about_vdi(d, SD_OP_DELETE_CACHE);
}

/* About the caches of a node. */
static enum dog_next about_node(struct dog *d, uint8_t opcode)
{
	DOG_BEGIN(d);
	dog_ask(d, opcode, 0);
	DOG_AWAIT(d);
	return finish(d);
	DOG_END(d);
}

enum dog_next dog_vdi_cache_info(struct dog *d)
{
	return about_node(d, SD_OP_GET_CACHE_INFO);
}

enum dog_next dog_vdi_cache_purge(struct dog *d)
{
	return about_node(d, SD_OP_CACHE_PURGE);
}
