/* What commands tell programs, in JSON. */
#include "desk.h"

#include <unistd.h>

/* What is shown comes as values too, and each answer has its own. */
static void what_is_shown_has_rows(void **state)
{
	struct desk d;
	uint8_t name[512] = "alpha";
	int fd;

	(void)state;
	desk_open(&d, 2, NULL);
	rig_vdi(&d.rig, "alpha");
	fd = rig_connect(&d.rig, 0);
	desk_order(&d, "json on");
	assert_non_null(strstr(desk_order(&d, "show nodes"),
			       "\"rows\":[{\"node\":0,\"state\":\"member\",\"status\":\"OK\","
			       "\"epoch\":1,"));
	assert_non_null(strstr(d.said, "},{\"node\":1,"));
	assert_non_null(strstr(desk_order(&d, "show epochs 1"),
			       "\"rows\":[{\"epoch\":1,\"node\":1,\"members\":["));
	assert_non_null(strstr(desk_order(&d, "show objects"), "\"oid\":\"80"));
	assert_non_null(strstr(d.said, "\"node\":0,\"live\":true}"));
	assert_non_null(
		strstr(desk_order(&d, "show vdis"), "\"rows\":[{\"name\":\"alpha\",\"tag\":null,"));
	assert_non_null(strstr(desk_order(&d, "show clients"), "\"rows\":[{\"connections\":1,"));
	assert_non_null(strstr(desk_order(&d, "show ports"), "\"unix\":null,\"listening\":true}"));
	assert_non_null(strstr(desk_order(&d, "show time"), "\"rows\":[{\"time\":"));
	/* locks: the cluster has to have been formatted with them */
	assert_string_equal(desk_order(&d, "show locks"),
			    "{\"output\":[\"no locks\"],\"error\":null}\n");
	desk_order(&d, "format copies=2 lock");
	rig_vdi(&d.rig, "alpha");
	assert_int_equal(rig_ask(&d.rig, fd, SD_OP_LOCK_VDI, SD_FLAG_CMD_WRITE, name, sizeof(name)),
			 0);
	desk_order(&d, "run 10ms");
	assert_non_null(strstr(desk_order(&d, "show locks 1"),
			       "\"node\":1,\"lock\":\"normal\",\"holders\":[{\"node\":0}]}],"));
	close(fd);
	desk_close(&d);
}

/* What commands do comes as values too. */
static void what_is_done_has_rows(void **state)
{
	static const char *const told[][2] = {
		{"kill 1", "{\"output\":[],\"error\":null}\n"},
		{"run 100ms", "\"rows\":[{\"time\":"},
		{"step", "\"rows\":[{\"time\":"},
		{"start 1", "{\"output\":[],\"error\":null}\n"},
		{"settle until joined", "{\"node\":1,\"status\":\"OK\",\"epoch\":3}],"},
		{"settle until recovered", ",\"recovered\":"},
		{"settle", "\"rows\":[{\"time\":"},
		{"vdi create beta 64M", "\"rows\":[{\"name\":\"beta\",\"vid\":\""},
		{"write beta 0 8M seed=1", "\"rows\":[{\"bytes\":8388608,\"objects\":2}],"},
		{"read beta 0 8K seed=1",
		 "\"rows\":[{\"bytes\":8192,\"as_written\":true,\"zeros\":false,\"digest\":\""},
		{"read beta 32M 8K", "\"rows\":[{\"bytes\":8192,\"zeros\":true,\"digest\":\""},
		{"discard beta 0 8M", "\"rows\":[{\"bytes\":8388608,\"objects\":2}],"},
		{"vdi snapshot beta tag=one", "\"tag\":\"one\",\"snapshot\":\""},
		{"write beta 0 4K seed=2 background", "\"output\":[],"},
		{"wait",
		 "\"kind\":\"write\",\"vdi\":\"beta\",\"offset\":0,\"bytes\":4096,\"done\":1,"},
		{"show disks 1", "\"rows\":[{\"node\":1,\"path\":\""},
		{"show journal 1", "\"files\":[{\"entries\":0,\"bytes\":0},{"},
		{"show statistics 0", "\"rows\":[{\"of\":\"clients\",\"requests\":"},
		{"loglevel 0", "\"rows\":[{\"node\":0,\"level\":7}],"},
		{"check epochs recovery",
		 "\"rows\":[{\"checked\":[\"epochs\",\"recovery\"],\"objects\":"},
		{"expect-error \"\" vdi show nothing", "\"rows\":[{\"message\":\""},
		{"dog vdi list", "\"rows\":[{\"status\":0,\"text\":\""},
		{"show dog", "\"rows\":[{\"command\":\""},
		{"ask 0 GET_LOGLEVEL size=4 bytes", ",\"payload\":\"07000000\"}],"},
		{"messages on", "\"output\":[],"},
		{"read beta 0 4K", "\"rows\":[{\"bytes\":4096,"},
		{"show messages max=1", "\"answer\":false,\"words\":\"READ_OBJ "},
		{"sheep d1 port=7105", "\"rows\":[{\"node\":2}],"},
		{"settle until joined", "{\"node\":2,\"status\":\"OK\",\"epoch\":4}],"},
		{"settle until recovered", ",\"by\":["},
		{"format copies=1", "\"rows\":[{\"epoch\":1,\"members\":["},
	};
	struct desk d;

	(void)state;
	desk_open(&d, 2, NULL);
	desk_order(&d, "json on");
	for (unsigned i = 0; i < sizeof(told) / sizeof(*told); i++)
		if (strstr(desk_order(&d, told[i][0]), told[i][1]) == NULL)
			fail_msg("%s: %s", told[i][0], d.said);
	desk_close(&d);
}

int row_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shown_has_rows),
		cmocka_unit_test(what_is_done_has_rows),
	};

	return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
