/* The list of exceptions in words. */
#include <stdio.h>

#include "exceptions.h"

static const struct {
	const char *what, *why;
} list[NR_EXCEPTIONS] = {
#define X(name, what, why) [EXCEPTION_##name] = {what, why},
	EXCEPTIONS(X)
#undef X
};

void exceptions_print(void)
{
	printf("# Of what nodes say to each other this is not compared either:\n");
	for (int i = 0; i < NR_EXCEPTIONS; i++)
		printf("# * %s:\n#   %s\n", list[i].what, list[i].why);
}

const char *exception_what(enum exception e)
{
	return list[e].what;
}
