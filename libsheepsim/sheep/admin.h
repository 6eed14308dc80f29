/* Bodies of operations that dog asks of one node (admin.c, admin_md.c), for the operation tables.
 */
#ifndef SHEEPSIM_SHEEP_ADMIN_H
#define SHEEPSIM_SHEEP_ADMIN_H

#include "sheep/node.h"

void get_node_list_work(struct request *r);
void stat_sheep_work(struct request *r);
void stat_cluster_work(struct request *r);
void get_store_list_work(struct request *r);
void stat_recovery_work(struct request *r); /* R552 */
void kill_node_work(struct request *r);	    /* R232 */
void md_info_work(struct request *r);
void md_plug_work(struct request *r);	/* R717 */
void md_unplug_work(struct request *r); /* R717, R551 */
void stat_work(struct request *r);
void get_loglevel_work(struct request *r);
void set_loglevel_work(struct request *r);
void exist_work(struct request *r);
void oids_exist_work(struct request *r);
void cluster_info_work(struct request *r);
void cluster_default_work(struct request *r);
void repair_replica_work(struct request *r);
void get_recovery_work(struct request *r);
void set_recovery_work(struct request *r);
void set_vnodes_work(struct request *r);
void flush_vdi_work(struct request *r);

/* Operations that do nothing and say SUCCESS: traces in an untraced build, FLUSH_DEL_CACHE. */
void succeed_work(struct request *r);

#endif
