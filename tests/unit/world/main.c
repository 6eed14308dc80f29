#include "rig.h"

int main(void)
{
	return clock_tests() + net_tests() + hold_tests() + cut_tests() + filter_tests() +
	       disk_tests();
}
