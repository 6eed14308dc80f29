#include "tests.h"

int main(void)
{
	return cluster_ops_tests() + disks_tests() + disk_failure_tests() + ec_matrix_tests() +
	       ec_tests() + ec_capture_tests() + gateway_ec_tests() + gateway_forward_tests() +
	       queue_tests() + objects_tests() + journal_tests() + recovery_tests() +
	       recovery_wait_tests() + recovery_list_tests() + recovery_object_tests() +
	       recovery_walk_tests() + recovery_strip_tests() + recovery_done_tests() +
	       vdi_attributes_tests() + vdi_crashes_tests() + vdi_locks_tests() +
	       vdi_names_tests() + vdi_references_tests() + vdi_tables_tests() + versions_tests() +
	       vid_set_tests() + quirks_tests();
}
