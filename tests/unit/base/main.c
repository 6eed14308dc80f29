#include "tests.h"

int main(void)
{
	return blob_tests() + blob_model_tests() + mem_tests() + pool_tests() + random_tests() +
	       text_tests();
}
