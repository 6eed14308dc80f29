/*
 * Not built: conversions that are missing on purpose. tests/sparse demands that sparse reports each
 * line that says MISSING, and no other; otherwise it would prove nothing about the rest of the
 * tree.
 */
#include "sheepsim/wire/header.h"

uint32_t read_epoch(const struct sd_req *w);
uint64_t read_oid(const struct sd_req *w);
void write_length(struct sd_req *w, uint32_t length);
int is_inode_read(const struct sd_req *w, uint16_t flags);

uint32_t read_epoch(const struct sd_req *w)
{
	return w->epoch; /* MISSING */
}

uint64_t read_oid(const struct sd_req *w)
{
	return sd_le64_to_cpu(w->obj.oid);
}

void write_length(struct sd_req *w, uint32_t length)
{
	w->data_length = length; /* MISSING */
	w->data_length = sd_cpu_to_le32(length);
}

int is_inode_read(const struct sd_req *w, uint16_t flags)
{
	if (w->flags == flags) /* MISSING */
		return 1;
	return sd_le16_to_cpu(w->flags) + w->id > 0; /* MISSING */
}
