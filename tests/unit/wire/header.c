#include "tests.h"

#include <string.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/peer.h"
#include "wire/dialect.h"

/* Each dialect gets each opcode. */
static enum dialect dialect_at(uint64_t i)
{
	return (enum dialect)(DIALECT_05 + i / 256 % (NR_DIALECTS - DIALECT_05));
}

static void any_request_header_comes_back_as_it_was(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 256 * 40; i++) {
		uint8_t head[WIRE_HEADER], back[WIRE_HEADER];
		struct req q;

		fill_random(head, sizeof(head), 1, i);
		head[1] = (uint8_t)i;
		req_decode_as(head, dialect_req_variant(dialect_at(i), head[1]), &q);
		req_encode(&q, back);
		assert_memory_equal(back, head, sizeof(head));
	}
}

static void any_response_header_comes_back_as_it_was(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 256 * 40; i++) {
		uint8_t head[WIRE_HEADER], back[WIRE_HEADER];
		struct rsp p;

		fill_random(head, sizeof(head), 2, i);
		head[1] = (uint8_t)i;
		rsp_decode_as(head, dialect_rsp_variant(dialect_at(i), head[1]), &p);
		rsp_encode(&p, back);
		assert_memory_equal(back, head, sizeof(head));
	}
}

/* Each bit of the 48 bytes is in exactly one place of the host form: none is lost, none is shared.
 */
static void every_bit_of_a_header_matters(void **state)
{
	(void)state;
	for (int bit = 0; bit < (int)WIRE_HEADER * 8; bit++) {
		uint8_t head[WIRE_HEADER] = {[1] = SD_OP_READ_PEER};
		struct req zero, q;

		if (bit / 8 == 1)
			continue;
		req_decode(head, &zero);
		head[bit / 8] ^= (uint8_t)(1 << bit % 8);
		req_decode(head, &q);
		assert_memory_not_equal(&q, &zero, sizeof(q));
	}
}

static void a_field_is_not_in_the_rest_too(void **state)
{
	uint8_t head[WIRE_HEADER];
	uint8_t rest[32] = {0};
	struct req q;
	struct rsp p;

	(void)state;
	memset(head, 0xff, sizeof(head));
	head[1] = SD_OP_READ_OBJ;
	req_decode(head, &q);
	rest[35 - 16] = 0xff;
	memset(rest + (44 - 16), 0xff, 4);
	assert_memory_equal(q.rest, rest, sizeof(rest));

	memset(rest, 0, sizeof(rest));
	memset(rest + (21 - 16), 0xff, 3);
	memset(rest + (32 - 16), 0xff, 16);
	rsp_decode(head, &p);
	assert_memory_equal(p.rest, rest, sizeof(rest));

	/* Of an unknown operation nothing but the result is known. */
	head[1] = 0x7f;
	memset(rest, 0xff, sizeof(rest));
	req_decode(head, &q);
	assert_int_equal(q.variant, VARIANT_NONE);
	assert_memory_equal(q.rest, rest, sizeof(rest));
	memset(rest, 0, 4);
	rsp_decode(head, &p);
	assert_int_equal(p.result, 0xffffffff);
	assert_memory_equal(p.rest, rest, sizeof(rest));
}

static void a_new_request_has_the_version_of_its_protocol(void **state)
{
	struct req q, zero;

	(void)state;
	memset(&zero, 0, sizeof(zero));
	req_init(&q, SD_OP_READ_OBJ);
	assert_int_equal(q.proto_ver, 2);
	req_init(&q, SD_OP_WRITE_PEER);
	assert_int_equal(q.proto_ver, 0x0a);
	zero.opcode = SD_OP_WRITE_PEER;
	zero.proto_ver = q.proto_ver;
	zero.variant = VARIANT_OBJ;
	assert_memory_equal(&q, &zero, sizeof(q));
}

static void an_answer_echoes_opcode_and_id_only(void **state)
{
	struct req q;
	struct rsp p, wanted;

	memset(&wanted, 0, sizeof(wanted));
	wanted.opcode = SD_OP_GET_HASH;
	wanted.id = 77;
	wanted.result = SD_RES_NO_OBJ;
	wanted.variant = VARIANT_HASH;
	(void)state;
	req_init(&q, SD_OP_GET_HASH);
	q.id = 77;
	q.flags = SD_FLAG_CMD_RECOVERY;
	q.epoch = 5;
	q.data_length = 100;
	q.obj.oid = 1;
	rsp_init(&p, &q, SD_RES_NO_OBJ);
	assert_memory_equal(&p, &wanted, sizeof(p));
}

int header_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_request_header_comes_back_as_it_was),
		cmocka_unit_test(any_response_header_comes_back_as_it_was),
		cmocka_unit_test(every_bit_of_a_header_matters),
		cmocka_unit_test(a_field_is_not_in_the_rest_too),
		cmocka_unit_test(a_new_request_has_the_version_of_its_protocol),
		cmocka_unit_test(an_answer_echoes_opcode_and_id_only),
	};

	return cmocka_run_group_tests_name("wire: headers", tests, NULL, NULL);
}
