#include "tests.h"

int main(void)
{
	return session_tests() + dog_tests() + vdi_tests() + io_tests() + dialect_tests();
}
