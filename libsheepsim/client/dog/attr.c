/* dog vdi setattr, vdi getattr. */
#include <stdlib.h>
#include <string.h>

#include "client/dog/internal.h"

static enum dog_next fail(struct dog *d)
{
	const char *key = d->words[1];

	switch (d->result) {
	case SD_RES_VDI_EXIST:
		dog_say(d, "The attribute '%s' already exists\n", key);
		return dog_stop(d, DOG_EXISTS);
	case SD_RES_NO_OBJ:
		dog_say(d, "Attribute '%s' not found\n", key);
		return dog_stop(d, DOG_MISSING);
	case SD_RES_NO_VDI:
		dog_say(d, "VDI not found\n");
		return dog_stop(d, DOG_MISSING);
	default:
		dog_say(d, "Failed to find attribute '%s': %s\n", key, dog_result(d->result));
		return dog_stop(d, DOG_FAILED);
	}
}

/* GET_VDI_ATTR with the key of the command line, and this value (may be NULL). */
static void ask_attr(struct dog *d, uint16_t flags, struct blob *value)
{
	struct vdi_attr a = {.value_len = (uint32_t)blob_size(value)};
	uint8_t head[VDI_ATTR_HEAD];
	struct blob *payload = blob_zero(VDI_ATTR_SIZE);

	strncpy(a.name, d->words[0], SD_MAX_VDI_LEN - 1);
	strncpy(a.key, d->words[1], sizeof(a.key) - 2);
	vdi_attr_encode(&a, head);
	payload = blob_write(payload, 0, head, sizeof(head));
	if (value)
		payload = blob_overlay(payload, VDI_ATTR_HEAD, value);
	dog_prepare(d, SD_OP_GET_VDI_ATTR, VDI_ATTR_SIZE)->flags = SD_FLAG_CMD_WRITE | flags;
	dog_send(d, NULL, payload);
}

/* The value: the third argument, or the input. */
static struct blob *value_of(struct dog *d)
{
	if (d->o.delete)
		return NULL;
	if (d->nr_words > 2)
		return blob_new(d->words[2], strlen(d->words[2]));
	return d->input ? blob_ref(d->input) : NULL;
}

enum dog_next dog_vdi_setattr(struct dog *d)
{
	DOG_BEGIN(d);
	d->bytes = value_of(d);
	if (blob_size(d->bytes) > VDI_ATTR_SIZE - VDI_ATTR_HEAD) {
		dog_say(d, "The value is too long\n");
		return dog_stop(d, DOG_FAILED);
	}
	ask_attr(d,
		 (uint16_t)(d->o.delete
				    ? SD_FLAG_CMD_DEL
				    : SD_FLAG_CMD_CREAT | (d->o.exclusive ? SD_FLAG_CMD_EXCL : 0)),
		 d->bytes);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return fail(d);
	DOG_END(d);
}

enum dog_next dog_vdi_getattr(struct dog *d)
{
	struct vdi_attr a;

	DOG_BEGIN(d);
	ask_attr(d, 0, NULL);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return fail(d);
	dog_ask_read(d, SD_FLAG_CMD_DIRECT,
		     sd_vid_to_attr_oid(d->rsp.vdi.vdi_id, d->rsp.vdi.attr_id), 0, VDI_ATTR_SIZE);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS || vdi_attr_decode(d->data, &a, NULL) < 0) {
		dog_say(d, "Failed to read attribute '%s'\n", d->words[1]);
		return dog_stop(d, DOG_NO_SHEEP);
	}
	dog_put(d, blob_slice(d->data, VDI_ATTR_HEAD, a.value_len));
	DOG_END(d);
}
