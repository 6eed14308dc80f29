#include "tests.h"

int main(void)
{
	return ec_matrix_tests() + ec_tests() + ec_capture_tests() + gateway_ec_tests() +
	       gateway_forward_tests() + vdi_attributes_tests() + vdi_crashes_tests() +
	       vdi_locks_tests() + vdi_names_tests() + vdi_references_tests() + vdi_tables_tests() +
	       vid_set_tests();
}
