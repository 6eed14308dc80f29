#include "rig.h"

int rig_ok(const struct sheepsim *sim, int result, const char *call, const char *file, int line)
{
	if (result < 0) {
		print_error("%s: %s\n%s\n", call, sheepsim_strerror(result), sheepsim_errmsg(sim));
		_fail(file, line);
	}
	return result;
}

void rig_fails(const struct sheepsim *sim, int error, const char *words, int result,
	       const char *call, const char *file, int line)
{
	if (result == error && strstr(sheepsim_errmsg(sim), words))
		return;
	print_error("%s: %d, not %d: %s\n", call, result, error, sheepsim_errmsg(sim));
	_fail(file, line);
}

struct sheepsim *rig_open(unsigned nodes, unsigned copies)
{
	struct sheepsim *sim = NULL;

	OK(NULL, sheepsim_open(&sim, &(struct sheepsim_options){.seed = 1, .nodes = nodes}));
	if (copies)
		OK(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = copies}));
	return sim;
}

struct sheepsim_client *rig_vm(struct sheepsim *sim, int node)
{
	struct sheepsim_client *vm;

	OK(sim, sheepsim_client_open(sim, node, &vm));
	OK(sim, sheepsim_vdi_create(vm, &(struct sheepsim_vdi){.name = "alpha", .size = 64 * MIB}));
	return vm;
}

void rig_check(struct sheepsim *sim)
{
	OK(sim, sheepsim_check(sim, SHEEPSIM_CHECK_ALL, NULL));
}

void rig_recover(struct sheepsim *sim)
{
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 60 * SHEEPSIM_SECOND));
}

void rig_fill(void *buf, size_t len, unsigned seed)
{
	uint8_t *p = buf;
	uint32_t x = seed * 2654435761u + 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (uint8_t)(x >> 24);
	}
}

void rig_write(struct sheepsim *sim, struct sheepsim_client *vm, uint64_t offset, size_t len,
	       unsigned seed)
{
	uint8_t *buf = malloc(len);

	assert_non_null(buf);
	rig_fill(buf, len, seed);
	OK(sim, sheepsim_write(vm, "alpha", offset, buf, len));
	free(buf);
}

void rig_expect(struct sheepsim *sim, struct sheepsim_client *vm, const char *vdi, uint64_t offset,
		size_t len, unsigned seed)
{
	uint8_t *expected = malloc(len), *buf = malloc(len);

	assert_true(expected && buf);
	rig_fill(expected, len, seed);
	OK(sim, sheepsim_read(vm, vdi, offset, buf, len));
	assert_memory_equal(buf, expected, len);
	free(expected);
	free(buf);
}

struct sheepsim_node_info rig_info(struct sheepsim *sim, int node)
{
	struct sheepsim_node_info info;

	OK(sim, sheepsim_node_info(sim, node, &info));
	return info;
}

int rig_holder(struct sheepsim *sim, uint64_t oid)
{
	uint8_t byte;

	for (int i = 0; i < sheepsim_nodes(sim); i++)
		if (sheepsim_object_read(sim, i, oid, 0, 0, 0, &byte, 1) == 1)
			return i;
	return -1;
}

uint32_t rig_vid(struct sheepsim *sim, struct sheepsim_client *vm)
{
	struct sheepsim_vdi_info info;

	OK(sim, sheepsim_vdi_lookup(vm, "alpha", "", 0, &info));
	return info.vid;
}
