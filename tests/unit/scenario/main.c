#include "tests.h"

int main(void)
{
	return values_tests() + parse_tests() + transcript_tests() + help_tests() +
	       language_tests();
}
