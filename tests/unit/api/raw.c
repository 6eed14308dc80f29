#include "rig.h"

/* READ_VDIS, version 2, room for the bitmap. */
static const uint8_t read_vdis[48] = {2, SD_OP_READ_VDIS, [14] = 0x20};

/* GET_VDI_INFO with id 7 and a payload of 256 bytes. */
static const uint8_t get_vdi_info[48] = {2, SD_OP_GET_VDI_INFO, 1, [8] = 7, [13] = 1};

static void any_bytes_can_be_sent(void **state)
{
	struct sheepsim *sim = rig_open(2, 2);
	struct sheepsim_conn *conn;
	const uint8_t *payload;
	uint8_t head[48];
	size_t len;

	(void)state;
	OK(sim, sheepsim_conn_open(sim, 1, &conn));
	OK(sim, sheepsim_conn_send(conn, read_vdis, NULL, 0));
	OK(sim, sheepsim_conn_send(conn, get_vdi_info, "alpha", 5));
	OK(sim, sheepsim_conn_send(conn, get_vdi_info, NULL, 256));
	assert_int_equal(
		OK(sim, sheepsim_conn_receive(conn, SHEEPSIM_SECOND, head, &payload, &len)), 1);
	assert_int_equal(head[1], SD_OP_READ_VDIS);
	assert_int_equal(len, SD_VDI_BITMAP_SIZE);
	assert_non_null(payload);
	sheepsim_conn_close(conn);
	OK(sim, sheepsim_conn_open(sim, 1, &conn));
	OK(sim, sheepsim_conn_send(conn, get_vdi_info, NULL, 256));
	assert_int_equal(
		OK(sim, sheepsim_conn_receive(conn, SHEEPSIM_SECOND, head, &payload, &len)), 1);
	assert_int_equal(head[8], 7);
	assert_int_equal(head[16], SD_RES_NO_VDI);
	assert_int_equal(len, 0);
	assert_null(payload);
	FAILS(sim, SHEEPSIM_E_NO_PROGRESS, "an answer",
	      sheepsim_conn_receive(conn, SHEEPSIM_SECOND, head, &payload, &len));
	sheepsim_close(sim); /* closes it too */
}

static void a_node_that_goes_closes_the_connection(void **state)
{
	struct sheepsim *sim = rig_open(2, 2);
	struct sheepsim_conn *conn, *none;
	const uint8_t *payload;
	uint8_t head[48];
	size_t len;

	(void)state;
	OK(sim, sheepsim_conn_open(sim, 1, &conn));
	OK(sim, sheepsim_conn_send(conn, read_vdis, NULL, 0));
	OK(sim, sheepsim_kill(sim, 1));
	assert_int_equal(
		OK(sim, sheepsim_conn_receive(conn, SHEEPSIM_SECOND, head, &payload, &len)), 0);
	FAILS(sim, SHEEPSIM_E_LOST, "closed", sheepsim_conn_send(conn, read_vdis, NULL, 0));
	FAILS(sim, SHEEPSIM_E_LOST, "nobody listens", sheepsim_conn_open(sim, 1, &none));
	assert_null(none);
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node", sheepsim_conn_open(sim, 2, &none));
	sheepsim_conn_close(conn);
	sheepsim_close(sim);
}

struct fields {
	unsigned nr;
	uint64_t end;
	char text[4000];
};

static void take_field(void *arg, const struct sheepsim_field *f)
{
	struct fields *all = arg;
	size_t len = strlen(all->text);

	all->nr++;
	all->end = f->offset + f->len;
	snprintf(all->text + len, sizeof all->text - len, "%s@%u=%s ", f->name, (unsigned)f->offset,
		 f->value);
}

static void messages_can_be_read(void **state)
{
	struct fields f = {.nr = 0};
	uint8_t answer[48] = {0, SD_OP_GET_VDI_INFO, [16] = SD_RES_NO_VDI};
	char name[256] = "alpha";
	unsigned nr = 0;
	uint8_t opcode;

	(void)state;
	assert_non_null(strstr(sheepsim_message_line(get_vdi_info, false), "GET_VDI_INFO"));
	assert_non_null(strstr(sheepsim_message_line(answer, true), "GET_VDI_INFO NO_VDI"));
	assert_int_equal(
		sheepsim_message_fields(get_vdi_info, NULL, name, sizeof name, take_field, &f), 0);
	assert_non_null(strstr(f.text, "id@8=7 "));
	assert_non_null(strstr(f.text, "name@48=\"alpha\""));
	assert_true(f.end > 48);
	f = (struct fields){.nr = 0};
	assert_int_equal(sheepsim_message_fields(get_vdi_info, answer, NULL, 0, take_field, &f), 0);
	assert_non_null(strstr(f.text, "result@16="));
	assert_int_equal(sheepsim_message_fields(get_vdi_info, answer, NULL, 0, NULL, NULL), 0);
	while (sheepsim_operation(nr, &opcode)) {
		assert_true(opcode != SD_OP_READ_OBJ ||
			    !strcmp(sheepsim_operation(nr, NULL), "READ_OBJ"));
		nr++;
	}
	assert_in_range(nr, 60, 100);
}

static void a_request_by_its_fields_is_answered(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	const uint8_t bytes[] = "what is written";
	struct sheepsim_request q = {.op = "CREATE_AND_WRITE_OBJ",
				     .oid = UINT64_C(0x00abcdef00000001),
				     .copies = 2,
				     .offset = 512,
				     .data = bytes,
				     .data_len = sizeof(bytes)};
	struct sheepsim_answer a;

	(void)state;
	OK(sim, sheepsim_ask(sim, 1, &q, &a));
	assert_int_equal(a.result, SD_RES_SUCCESS);
	assert_int_equal(a.epoch, 1);
	q.op = "READ_OBJ";
	q.data = NULL;
	q.length = sizeof(bytes);
	OK(sim, sheepsim_ask(sim, 2, &q, &a));
	assert_int_equal(a.result, SD_RES_SUCCESS);
	assert_int_equal(a.len, sizeof(bytes));
	assert_memory_equal(a.data, bytes, sizeof(bytes));
	/* to a peer: of an epoch that is over */
	q.op = "READ_PEER";
	q.epoch_set = true;
	OK(sim, sheepsim_ask(sim, 2, &q, &a));
	assert_int_equal(a.result, SD_RES_OLD_NODE_VER);
	assert_int_equal(a.len, 0);
	sheepsim_close(sim);
}

static void what_cannot_be_asked_is_refused(void **state)
{
	struct sheepsim *sim = rig_open(1, 1);
	struct sheepsim_request q = {.op = "READ"};
	struct sheepsim_answer a;

	(void)state;
	FAILS(sim, SHEEPSIM_E_INVALID, "there is no operation \"READ\"",
	      sheepsim_ask(sim, 0, &q, &a));
	q.op = NULL;
	FAILS(sim, SHEEPSIM_E_INVALID, "there is no operation", sheepsim_ask(sim, 0, &q, &a));
	q.op = "REPAIR_REPLICA";
	q.other = 1;
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "there is no node 1", sheepsim_ask(sim, 0, &q, &a));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "there is no node 1", sheepsim_ask(sim, 1, &q, &a));
	OK(sim, sheepsim_kill(sim, 0));
	FAILS(sim, SHEEPSIM_E_STATE, "node 0 does not run", sheepsim_ask(sim, 0, &q, &a));
	sheepsim_close(sim);
}

int raw_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_by_its_fields_is_answered),
		cmocka_unit_test(what_cannot_be_asked_is_refused),
		cmocka_unit_test(any_bytes_can_be_sent),
		cmocka_unit_test(a_node_that_goes_closes_the_connection),
		cmocka_unit_test(messages_can_be_read),
	};

	return cmocka_run_group_tests_name("raw", tests, NULL, NULL);
}
