/*
 * What is answered from the tables of the VDI layer, and the notifications that only change them
 * (R614, R629, appendix B).
 */
#include <stdlib.h>

#include "sheep/vdi_layer.h"

/* READ_VDIS, READ_DEL_VDIS: the asker has to know the size of the bitmap. */
void vdi_read_vdis_work(struct request *r)
{
	if (r->q.data_length != SD_VDI_BITMAP_SIZE) {
		request_end(r, SD_RES_INVALID_PARMS);
		return;
	}
	r->out = vdi_bitmap(r->sheep, r->q.opcode == SD_OP_READ_DEL_VDIS);
	request_end(r, SD_RES_SUCCESS);
}

void vdi_get_copies_work(struct request *r)
{
	request_end_with(r, vdi_states(r->sheep, r->dialect));
}

/*
 * R614: the old VDI becomes a snapshot with the policy of the message, the new one is added as a
 * working VDI. Nothing undoes it if the NEW_VDI that sent it fails later.
 */
uint32_t vdi_notify_add_effect(struct sheep *s, const struct cluster_msg *m)
{
	uint32_t old_vid = m->q->vdi_state.old_vid;
	uint32_t new_vid = m->q->vdi_state.new_vid;
	uint8_t copies = m->q->vdi_state.copies;
	bool everywhere = m->q->vdi_state.copies_more != 0;
	uint8_t policy = m->q->vdi_state.copy_policy;
	uint8_t shift = m->q->vdi_state.block_size_shift;

	struct vdi *old = vdi_find(s, old_vid);

	if (!vid_valid(new_vid) || (old_vid && !vid_valid(old_vid)))
		return SD_RES_INVALID_PARMS;
	if (old) {
		bool was_everywhere = old->copies_everywhere;

		vdi_add(s, old_vid, old->nr_copies, policy, old->block_size_shift, true, 0);
		old->copies_everywhere = was_everywhere;
	} else if (old_vid) {
		old = vdi_add(s, old_vid, copies, policy, shift, true, 0);
		old->copies_everywhere = everywhere;
	}
	vdi_add(s, new_vid, copies, policy, shift, false, old_vid)->copies_everywhere = everywhere;
	if (m->q->vdi_state.set_bitmap)
		vdi_set_in_use(s, new_vid);
	world_note(s->world, TRACE_VDI_ADD, new_vid, old_vid, copies, 0);
	return SD_RES_SUCCESS;
}

/* R629: the objects of a deleted hyper volume are not listed any more. */
uint32_t vdi_notify_del_effect(struct sheep *s, const struct cluster_msg *m)
{
	uint8_t vid[4];

	if (blob_size(m->data) < sizeof(vid))
		return SD_RES_INVALID_PARMS;
	blob_read(m->data, 0, vid, sizeof(vid));
	objlist_remove_vdi(s, get_le32(vid));
	return SD_RES_SUCCESS;
}
