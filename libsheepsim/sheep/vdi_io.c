/* Nested I/O of the VDI layer (R007): see vdi_io.h. */
#include "sheep/vdi_io.h"

static void flow_answered(struct request *r)
{
	struct flow *f = r->owner;

	f->result = r->p.result;
	f->out = r->out;
	f->step(f);
}

void flow_request(struct flow *f, const struct req *q, struct blob *data,
		  void (*step)(struct flow *f))
{
	f->step = step;
	f->out = NULL;
	request_nested(f->sheep, q, data, flow_answered, f);
}

void flow_read(struct flow *f, uint64_t oid, uint32_t offset, uint32_t length, uint16_t flags,
	       void (*step)(struct flow *f))
{
	struct req q;

	req_init(&q, SD_OP_READ_OBJ);
	q.flags = flags;
	q.data_length = length;
	q.obj.oid = oid;
	q.obj.offset = offset;
	flow_request(f, &q, NULL, step);
}

void flow_write(struct flow *f, uint8_t opcode, uint64_t oid, uint32_t offset, struct blob *data,
		uint16_t flags, void (*step)(struct flow *f))
{
	struct req q;

	req_init(&q, opcode);
	q.flags = SD_FLAG_CMD_WRITE | flags;
	q.data_length = (uint32_t)blob_size(data);
	q.obj.oid = oid;
	q.obj.offset = offset;
	flow_request(f, &q, data, step);
	blob_unref(data);
}
