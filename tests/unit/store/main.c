#include "tests.h"

int main(void)
{
	return names_tests() + store_tests() + store_model_tests();
}
