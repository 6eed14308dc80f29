#include "tests.h"

int main(void)
{
	return possible_tests() + possible_model_tests() + history_tests() + answer_tests() +
	       cluster_tests() + parity_tests();
}
