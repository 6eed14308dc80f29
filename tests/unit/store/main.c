#include "tests.h"

int main(void)
{
	return accounting_tests() + disks_tests() + extents_tests() + names_tests() +
	       store_tests() + store_model_tests();
}
