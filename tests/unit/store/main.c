#include <string.h>

#include "tests.h"

int main(int argc, char **argv)
{
	bool sqlite = argc > 1 && strcmp(argv[1], "sqlite") == 0;
	int failed;

	rig_open(sqlite);
	failed = accounting_tests() + disks_tests() + store_tests() + store_model_tests() +
		 durability_tests();
	failed += sqlite ? database_tests() + crash_tests() : extents_tests() + names_tests();
	rig_close();
	return failed;
}
