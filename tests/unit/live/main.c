#include "rig.h"

int main(void)
{
	int failed = serving_tests();

	failed += port_tests();
	failed += limit_tests();
	failed += time_tests();
	failed += control_tests();
	failed += check_tests();
	failed += recording_tests();
	failed += row_tests();
	return failed;
}
