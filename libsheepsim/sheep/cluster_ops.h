/*
 * Effects and bodies of cluster-wide operations that are not the VDI layer's (format.c, disks.c);
 * for the operation tables.
 */
#ifndef SHEEPSIM_SHEEP_CLUSTER_OPS_H
#define SHEEPSIM_SHEEP_CLUSTER_OPS_H

#include "sheep/node.h"

/* Is there a store driver of this name? */
bool store_name_known(const char *name);

uint32_t make_fs_effect(struct sheep *s, const struct cluster_msg *m);	       /* R224 */
uint32_t shutdown_effect(struct sheep *s, const struct cluster_msg *m);	       /* R233 */
uint32_t enable_recover_effect(struct sheep *s, const struct cluster_msg *m);  /* R237 */
uint32_t disable_recover_effect(struct sheep *s, const struct cluster_msg *m); /* R237 */
uint32_t alter_cluster_copy_effect(struct sheep *s, const struct cluster_msg *m);
uint32_t alter_vdi_copy_effect(struct sheep *s, const struct cluster_msg *m);
void force_recover_work(struct request *r); /* R235 */
uint32_t force_recover_effect(struct sheep *s, const struct cluster_msg *m);
uint32_t reweight_effect(struct sheep *s, const struct cluster_msg *m);		 /* R238 */
uint32_t cleanup_effect(struct sheep *s, const struct cluster_msg *m);		 /* R548 */
uint32_t complete_recovery_effect(struct sheep *s, const struct cluster_msg *m); /* R542 */

/* Operations that do nothing but are told to everybody (DELETE_CACHE). */
uint32_t nothing_effect(struct sheep *s, const struct cluster_msg *m);

#endif
