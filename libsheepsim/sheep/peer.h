/* Bodies of operations that other nodes ask of this one (peer.c), for the operation tables. */
#ifndef SHEEPSIM_SHEEP_PEER_H
#define SHEEPSIM_SHEEP_PEER_H

#include "sheep/node.h"

/* I/O on the own objects (spec 4.4, R406-R409). */
void peer_create_work(struct request *r);
void peer_read_work(struct request *r);
void peer_write_work(struct request *r);
void peer_remove_work(struct request *r);

void get_obj_list_work(struct request *r); /* R507, R508 */
void get_epoch_work(struct request *r);	   /* R219 */
void get_hash_work(struct request *r);	   /* R529, R709 */
void get_vnodes_work(struct request *r);   /* R224 */

#endif
