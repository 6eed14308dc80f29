/* What a JOIN says of versions (versions.md 6.1). */
#include "tests.h"

#include "sheepsim/wire/peer.h"
#include "wire/dialect.h"

static void assert_offer(struct dialect_range speaks, enum dialect level)
{
	const struct dialect_offer offer = {speaks, level};
	struct cluster_info ci = {.nr_nodes = 1, .epoch = 7, .ctime = 1, .default_store = "plain"};
	struct dialect_offer back;
	struct node_rec node = {0};
	struct blob *b;

	dialect_offer_put(&ci, &offer);
	b = dialect_cluster_info_encode(speaks.highest ? speaks.highest : DIALECT_0A, &ci, &node,
					0);
	assert_int_equal(dialect_offer_get(b, &back, NULL), 0);
	assert_int_equal(back.speaks.lowest, speaks.lowest);
	assert_int_equal(back.speaks.highest, speaks.highest);
	assert_int_equal(back.level, level);
	/* what an acceptor states is told from it, where there is anything to choose from */
	assert_int_equal(dialect_is_offer(b), speaks.highest > DIALECT_08);
	blob_unref(b);
	ci.proto_ver = SD_SHEEP_PROTO_VER;
	ci.family = ci.level_ver = ci.lowest_ver = 0;
	b = dialect_cluster_info_encode(DIALECT_0A, &ci, &node, 0);
	assert_false(dialect_is_offer(b));
	blob_unref(b);
}

static void what_a_join_offers_is_read_in_every_layout(void **state)
{
	(void)state;
	assert_offer((struct dialect_range){0}, DIALECT_NONE);
	assert_offer((struct dialect_range){DIALECT_0A, DIALECT_0A}, DIALECT_0A);
	assert_offer((struct dialect_range){DIALECT_09B, DIALECT_0A}, DIALECT_09B);
	assert_offer((struct dialect_range){DIALECT_09B, DIALECT_0A}, DIALECT_0A);
	assert_offer((struct dialect_range){DIALECT_09B, DIALECT_09B}, DIALECT_NONE);
	assert_offer((struct dialect_range){DIALECT_09A, DIALECT_09A}, DIALECT_09A);
	assert_offer((struct dialect_range){DIALECT_08, DIALECT_08}, DIALECT_NONE);
}

/* A real daemon leaves the three bytes as they are, and byte 0 of a JOIN zero (6.1). */
static void silence_is_zero(void **state)
{
	struct cluster_info ci = {.nr_nodes = 1, .epoch = 7, .ctime = 1, .default_store = "plain"};
	struct node_rec node = {0};
	struct dialect_offer none = {0};
	struct blob *b;
	uint8_t head[32];

	(void)state;
	dialect_offer_put(&ci, &none);
	b = dialect_cluster_info_encode(DIALECT_0A, &ci, &node, 0);
	blob_read(b, 0, head, sizeof(head));
	assert_int_equal(head[0], 0);
	assert_int_equal(head[22] | head[23] | head[24], 0);
	blob_unref(b);
}

static void offers_of_releases_to_come_are_told_apart(void **state)
{
	struct dialect_offer offer;
	struct wire_error err;
	struct blob *b = blob_write(blob_zero(48), 0, (uint8_t[]){0x0b}, 1);

	(void)state;
	b = blob_write(b, 24, (uint8_t[]){0x0a}, 1);
	assert_true(dialect_offer_get(b, &offer, &err) < 0);
	assert_string_equal(err.text, "peer versions 10 to 11, which nobody here knows");
	b = blob_write(b, 0, (uint8_t[]){0x09}, 1); /* lowest above highest */
	assert_true(dialect_offer_get(b, &offer, &err) < 0);
	blob_unref(b);
	/* less than a cluster info: zeros behind its end */
	b = blob_zero(3);
	assert_int_equal(dialect_offer_get(b, &offer, &err), 0);
	assert_int_equal(offer.speaks.highest, DIALECT_NONE);
	blob_unref(b);
}

int offers_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_join_offers_is_read_in_every_layout),
		cmocka_unit_test(silence_is_zero),
		cmocka_unit_test(offers_of_releases_to_come_are_told_apart),
	};

	return cmocka_run_group_tests_name("wire: offers", tests, NULL, NULL);
}
