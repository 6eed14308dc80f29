#include "rig.h"

int main(void)
{
	return example_tests() + node_tests() + time_tests() + callback_tests() + client_tests() +
	       vdi_tests() + admin_tests() + event_tests() + fault_tests() + raw_tests() +
	       check_tests() + kill_tests() + disk_tests() + file_tests() + fill_tests() +
	       record_tests() + dialect_tests() + version_tests() + quirks_tests() +
	       settings_tests() + dog_tests();
}
