#include "tests.h"

struct node_rec node(uint32_t ipv4, uint16_t port, uint16_t nr_vnodes, uint32_t zone,
		     uint64_t space)
{
	struct node_rec r = {
		.nid.port = port, .nr_vnodes = nr_vnodes, .zone = zone, .space = space};

	for (int i = 0; i < 4; i++)
		r.nid.addr[12 + i] = (uint8_t)(ipv4 >> (24 - 8 * i));
	return r;
}

int main(void)
{
	return hash_tests() + ring_tests() + members_tests() + view_tests() + vector_tests() +
	       older_tests() + commons_tests();
}
