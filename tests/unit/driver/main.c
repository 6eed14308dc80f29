#include "rig.h"

int main(void)
{
	return join_tests() + rejoin_tests() + life_tests() + event_tests() + block_tests() +
	       delivery_tests() + session_tests();
}
