/*
 * Clients of other generations at a gateway that answers as old ones do: it knows neither
 * DISCARD_OBJ nor FLUSH_VDI, and it dies.
 */
#include "gateway.h"

#include <stdio.h>
#include <string.h>

static void ended(void *arg, const struct outcome *o)
{
	struct gateway *g = arg;

	g->ended++;
	g->last = *o;
}

static void discard(struct gateway *g)
{
	struct vdi_name alpha = {.name = "alpha"};

	frontend_discard(g->client, &alpha, 0, 4 * MIB, ended, g);
	gateway_run(g);
}

static void flush(struct gateway *g)
{
	struct vdi_name alpha = {.name = "alpha"};

	frontend_flush(g->client, &alpha, ended, g);
	gateway_run(g);
}

static void write_bytes(struct gateway *g, uint64_t offset)
{
	gateway_write(g, offset, gateway_bytes(1, 512));
	gateway_run(g);
}

static void expect_head(const struct gateway *g, const char *golden)
{
	char hex[2 * WIRE_HEADER + 1];

	for (unsigned i = 0; i < WIRE_HEADER; i++)
		snprintf(hex + 2 * i, 3, "%02x", g->head[i]);
	assert_string_equal(hex, golden);
}

/* spec 2.12: WRITE_OBJ, version 0, WRITE+DIRECT, id 8, index 5, copies 2. */
static void qemu_writes_the_index_as_in_the_golden_frame(void **state)
{
	struct gateway *g = gateway_open_as("qemu-1.4", false, 0xb266f1, 2);

	(void)state;
	for (uint64_t i = 2; i <= 5; i++)
		write_bytes(g, i * 4 * MIB);
	expect_head(g, "0003090000000000080000000400000000000000f166b280"
		       "000000000000000002000000000000004c12000000000000");
	gateway_close(g);
}

/* spec 2.12: NEW_VDI, version 2, 8 MiB, all defaults. */
static void dog_creates_as_in_the_golden_frame(void **state)
{
	struct gateway *g = gateway_open_as("dog", false, ALPHA, 3);
	struct vdi_spec spec = {.name = "beta", .size = 8 * MIB};

	(void)state;
	frontend_create(g->client, &spec, ended, g);
	gateway_run(g);
	expect_head(g, "021101000000000000000000000100000000800000000000"
		       "000000000000000000000000000000000000000000000000");
	gateway_close(g);
}

static void discard_is_switched_off_where_it_is_not_known(void **state)
{
	struct gateway *g = gateway_open_as("qemu-1.5", false, ALPHA, 3);

	(void)state;
	write_bytes(g, 0);
	text_clear(&g->log);
	discard(g);
	gateway_expect(g, "0 DISCARD_OBJ 00abc00000000000 0+0\n");
	assert_int_equal(g->last.kind, OUTCOME_INVALID);
	discard(g);
	gateway_expect(g, "");
	assert_int_equal(g->last.kind, OUTCOME_INVALID);
	assert_int_equal(gateway_index(g, ALPHA, 0), ALPHA);
	gateway_close(g);
}

static void discard_of_what_is_not_there_asks_for_nothing(void **state)
{
	struct gateway *g = gateway_open_as("qemu-2.5", false, ALPHA, 3);

	(void)state;
	discard(g);
	gateway_expect(g, "0 LOCK_VDI\n0 READ_OBJ 80abc00000000000 0+4198968\n");
	assert_int_equal(g->last.kind, OUTCOME_OK);
	write_bytes(g, 0);
	text_clear(&g->log);
	discard(g);
	gateway_expect(g, "0 WRITE_OBJ 80abc00000000000 4664+4\n");
	assert_int_equal(gateway_index(g, ALPHA, 0), 0);
	gateway_read(g, "alpha", 0, 512);
	gateway_run(g);
	gateway_expect(g, "");
	gateway_close(g);
}

static void flushing_stops_where_there_is_no_cache(void **state)
{
	struct gateway *g = gateway_open_as("qemu-1.1", true, ALPHA, 3);

	(void)state;
	write_bytes(g, 0);
	assert_int_equal(g->head[2], SD_FLAG_CMD_WRITE | SD_FLAG_CMD_CACHE);
	text_clear(&g->log);
	flush(g);
	assert_int_equal(g->last.kind, OUTCOME_OK);
	flush(g);
	assert_int_equal(g->last.kind, OUTCOME_OK);
	gateway_expect(g, "0 FLUSH_VDI 80abc00000000000 0+0\n");
	write_bytes(g, 0);
	assert_int_equal(g->head[2], SD_FLAG_CMD_WRITE);
	gateway_close(g);
}

static void who_does_not_connect_again_loses_all_until_it_is_moved(void **state)
{
	struct gateway *g = gateway_open_as("qemu-1.5", false, ALPHA, 3);
	struct node_id other = gateway_id(1);

	(void)state;
	write_bytes(g, 0);
	g->keep = true;
	write_bytes(g, 0);
	g->ended = 0;
	gateway_stop(g, 0);
	gateway_run(g);
	assert_int_equal(g->ended, 1);
	assert_int_equal(g->last.kind, OUTCOME_LOST);
	g->keep = false;
	gateway_start(g, 0);
	text_clear(&g->log);
	write_bytes(g, 0);
	assert_int_equal(g->ended, 2);
	assert_int_equal(g->last.kind, OUTCOME_LOST);
	gateway_expect(g, "");
	frontend_move(g->client, &other);
	write_bytes(g, 0);
	assert_int_equal(g->last.kind, OUTCOME_OK);
	gateway_expect(g, "1 WRITE_OBJ 00abc00000000000 0+512\n");
	gateway_close(g);
}

int dialect_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qemu_writes_the_index_as_in_the_golden_frame),
		cmocka_unit_test(dog_creates_as_in_the_golden_frame),
		cmocka_unit_test(discard_is_switched_off_where_it_is_not_known),
		cmocka_unit_test(discard_of_what_is_not_there_asks_for_nothing),
		cmocka_unit_test(flushing_stops_where_there_is_no_cache),
		cmocka_unit_test(who_does_not_connect_again_loses_all_until_it_is_moved),
	};

	return cmocka_run_group_tests_name("dialects", tests, NULL, NULL);
}
