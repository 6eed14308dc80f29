/* MD_INFO (spec 4.7): the disks of a node. Every simulated node has one, below /store/INDEX. */
#include <stdio.h>

#include "sheep/admin.h"
#include "wire/records_admin.h"

void md_info_work(struct request *r)
{
	const struct sheep *s = r->sheep;
	struct md_info disk = { .used = store_used(s->store) };

	if (r->q.data_length != MD_INFO_SIZE) {
		request_end(r, SD_RES_INVALID_PARMS); /* sheep aborts */
		return;
	}
	disk.free = store_capacity(s->store) - disk.used;
	snprintf(disk.path, sizeof(disk.path), "/store/%d/obj", s->world->place);
	r->out = md_info_encode(&disk, 1);
	request_end(r, SD_RES_SUCCESS);
}
