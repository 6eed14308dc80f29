#include "tests.h"

int main(void)
{
	return ec_matrix_tests() + ec_tests();
}
