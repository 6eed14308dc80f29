#include "play.h"

#include <string.h>

#include "client/admin.h"

/* What a command found; pointers do not outlive the callback. */
struct found {
	struct play *play;
	enum outcome_kind kind;
	uint32_t result;
	const char *why;
	size_t nr_nodes, nr_epochs, nr_oids, nr_data;
	uint16_t last_port;
	uint32_t epochs[16], members[16];
	struct cluster_info info;
	struct recovery_state recovery;
};

static void ended(void *arg, const struct admin_outcome *o)
{
	struct found *f = arg;

	assert_false(f->play->over);
	f->play->over = true;
	f->kind = o->kind;
	f->result = o->result;
	f->why = o->why;
	f->nr_nodes = o->nr_nodes;
	f->nr_epochs = o->nr_epochs;
	f->nr_oids = o->nr_oids;
	f->nr_data = (size_t)blob_size(o->data);
	f->info = o->info;
	f->recovery = o->recovery;
	if (o->nr_nodes)
		f->last_port = o->nodes[o->nr_nodes - 1].nid.port;
	for (size_t i = 0; i < o->nr_epochs && i < 16; i++) {
		f->epochs[i] = o->epochs[i].log.epoch;
		f->members[i] = o->epochs[i].log.nr_nodes;
	}
}

struct dog {
	struct play *play;
	struct admin *admin;
	struct node_id via;
	struct found found;
};

static void dog_open(struct dog *d, const char *file, unsigned first, unsigned last)
{
	memset(d, 0, sizeof *d);
	d->play = play_open(file, first, last);
	d->admin = admin_new(&d->play->u, 100);
	d->via = play_node(0);
	d->found.play = d->play;
}

static void dog_close(struct dog *d)
{
	play_run(d->play);
	assert_int_equal(admin_tally(d->admin)->strays + admin_tally(d->admin)->mismatched, 0);
	admin_free(d->admin);
	play_close(d->play);
}

static void check_ok(const struct dog *d)
{
	assert_int_equal(d->found.kind, OUTCOME_OK);
}

/* The clock stands so that MAKE_FS has the captured creation time; messages take no time. */
static void set_time(struct play *p, uint64_t ctime)
{
	p->u.speed.net_latency = 0;
	p->u.speed.net_jitter = 0;
	p->u.speed.net_byte_ps = 0;
	p->u.epoch_unix = (ctime >> 32) * NSEC_PER_SEC + (uint32_t)ctime;
}

static void format_asks_all_nodes_before_it_formats(void **state)
{
	struct admin_format format = {.copies = 3, .store = "plain"};
	struct dog d;

	(void)state;
	dog_open(&d, "setup/v_format", 0, 0);
	set_time(d.play, 0x6b02954605ec6350);
	admin_format(d.admin, &d.via, &format, ended, &d.found);
	dog_close(&d);
	check_ok(&d);
}

static void format_passes_policy_and_flags_on(void **state)
{
	struct admin_format coded = {.copies = 6, .copy_policy = 0x22, .store = "plain"};
	struct admin_format strict = {
		.copies = 2, .flags = SD_CLUSTER_FLAG_STRICT, .store = "plain"};
	struct dog d;

	(void)state;
	dog_open(&d, "admin/ec6_format", 0, 0);
	set_time(d.play, 0x6b0295cd05ca2998);
	admin_format(d.admin, &d.via, &coded, ended, &d.found);
	dog_close(&d);
	check_ok(&d);
	dog_open(&d, "admin/format_c2_strict", 0, 0);
	set_time(d.play, 0x6b0295ad3a926a50);
	admin_format(d.admin, &d.via, &strict, ended, &d.found);
	dog_close(&d);
	check_ok(&d);
}

static void node_list_has_the_members(void **state)
{
	struct dog d;

	(void)state;
	dog_open(&d, "admin/node_list", 0, 0);
	admin_node_list(d.admin, &d.via, ended, &d.found);
	dog_close(&d);
	check_ok(&d);
	assert_int_equal(d.found.nr_nodes, 3);
	assert_int_equal(d.found.last_port, 7002);
}

static void epochs_come_newest_first_with_their_members(void **state)
{
	const uint32_t members[] = {4, 3, 2, 3, 4, 3, 2, 3};
	struct dog d;

	(void)state;
	dog_open(&d, "admin/rec_two_back_info", 0, 0);
	admin_epochs(d.admin, &d.via, ended, &d.found);
	dog_close(&d);
	check_ok(&d);
	assert_int_equal(d.found.nr_epochs, 8);
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(d.found.epochs[i], 8 - i);
		assert_int_equal(d.found.members[i], members[i]);
	}
}

static void epochs_with_more_members_than_now_are_asked_for_again_with_more_room(void **state)
{
	struct dog d;

	(void)state;
	dog_open(&d, "admin/cluster_info_after_kill", 0, 0);
	admin_epochs(d.admin, &d.via, ended, &d.found);
	dog_close(&d);
	check_ok(&d);
	assert_int_equal(d.found.nr_epochs, 2);
	assert_int_equal(d.found.members[0], 2);
	assert_int_equal(d.found.members[1], 3);
}

static void cluster_info_is_decoded(void **state)
{
	struct dog d;

	(void)state;
	dog_open(&d, "frontend/vdi_create", 1, 6);
	admin_cluster_info(d.admin, &d.via, ended, &d.found);
	dog_close(&d);
	check_ok(&d);
	assert_int_equal(d.found.info.epoch, 1);
	assert_int_equal(d.found.info.nr_copies, 3);
	assert_int_equal(d.found.info.status, SD_STATUS_OK);
	assert_int_equal(d.found.info.nr_nodes, 3);
	assert_int_equal(d.found.info.flags, SD_CLUSTER_FLAG_AUTO_VNODES);
	assert_string_equal(d.found.info.default_store, "plain");
}

static void node_kill_goes_to_the_node_itself(void **state)
{
	struct node_id victim = play_node(2);
	struct dog d;

	(void)state;
	dog_open(&d, "admin/node_kill", 0, 0);
	admin_kill_node(d.admin, &d.via, &victim, ended, &d.found);
	dog_close(&d);
	check_ok(&d);
}

static void recovery_info_is_that_of_the_node(void **state)
{
	struct dog d;

	(void)state;
	dog_open(&d, "admin/node_recovery", 9, 10);
	d.via = play_node(2);
	admin_recovery_info(d.admin, &d.via, ended, &d.found);
	dog_close(&d);
	check_ok(&d);
	assert_int_equal(d.found.recovery.in_recovery, 0);
}

static void commands_without_fields_are_one_request(void **state)
{
	const struct {
		const char *file;
		uint8_t opcode;
		uint32_t result;
	} cases[] = {
		{"admin/cluster_shutdown", SD_OP_SHUTDOWN, SD_RES_SUCCESS},
		{"admin/cluster_recover_enable", SD_OP_ENABLE_RECOVER, SD_RES_SUCCESS},
		{"admin/cluster_recover_disable", SD_OP_DISABLE_RECOVER, SD_RES_SUCCESS},
		{"admin/cluster_recover_force_running", SD_OP_FORCE_RECOVER, SD_RES_FORCE_RECOVER},
	};
	struct dog d;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		dog_open(&d, cases[i].file, 0, 0);
		admin_simple(d.admin, &d.via, cases[i].opcode, ended, &d.found);
		dog_close(&d);
		assert_int_equal(d.found.result, cases[i].result);
		assert_int_equal(d.found.kind, cases[i].result ? OUTCOME_RESULT : OUTCOME_OK);
	}
}

static void what_a_node_answers_to_a_single_request_is_kept(void **state)
{
	static const struct {
		const char *file;
		void (*command)(struct admin *a, const struct node_id *node, admin_fn done,
				void *arg);
		uint64_t size;
	} cases[] = {
		{"admin/node_stat", admin_stat, 120},
		{"admin/node_loglevel_get", admin_loglevel, 4},
		{"admin/node_md_info", admin_md_info, 263688},
	};
	struct dog d;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		dog_open(&d, cases[i].file, 0, 0);
		cases[i].command(d.admin, &d.via, ended, &d.found);
		dog_close(&d);
		check_ok(&d);
		assert_int_equal(d.found.nr_data, cases[i].size);
	}
}

static void the_log_level_is_one_request_with_a_number(void **state)
{
	struct dog d;

	(void)state;
	dog_open(&d, "admin/node_loglevel_set", 0, 0);
	admin_set_loglevel(d.admin, &d.via, 6, ended, &d.found);
	dog_close(&d);
	check_ok(&d);
}

static void the_default_copies_are_set_if_they_are_others(void **state)
{
	struct dog d;

	(void)state;
	dog_open(&d, "admin/cluster_alter_copy", 0, 0);
	admin_set_copies(d.admin, &d.via, 2, ended, &d.found);
	dog_close(&d);
	check_ok(&d);
	dog_open(&d, "admin/cluster_alter_copy_same", 0, 0);
	admin_set_copies(d.admin, &d.via, 2, ended, &d.found);
	dog_close(&d);
	assert_int_equal(d.found.kind, OUTCOME_INVALID);
}

static void a_command_to_a_node_that_does_not_listen_is_lost(void **state)
{
	struct dog d;

	(void)state;
	dog_open(&d, "admin/node_list", 0, 0);
	d.play->next = d.play->end; /* nothing is to be sent */
	d.via = play_node(PLAY_NODES);
	admin_node_list(d.admin, &d.via, ended, &d.found);
	assert_false(d.play->over);
	dog_close(&d);
	assert_int_equal(d.found.kind, OUTCOME_LOST);
}

static void a_command_that_is_cut_short_is_lost(void **state)
{
	struct dog d;

	(void)state;
	dog_open(&d, "admin/node_list", 0, 0);
	admin_node_list(d.admin, &d.via, ended, &d.found);
	admin_free(d.admin);
	assert_true(d.play->over);
	assert_int_equal(d.found.kind, OUTCOME_LOST);
	play_close(d.play);
}

int dog_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(format_asks_all_nodes_before_it_formats),
		cmocka_unit_test(format_passes_policy_and_flags_on),
		cmocka_unit_test(node_list_has_the_members),
		cmocka_unit_test(epochs_come_newest_first_with_their_members),
		cmocka_unit_test(
			epochs_with_more_members_than_now_are_asked_for_again_with_more_room),
		cmocka_unit_test(cluster_info_is_decoded),
		cmocka_unit_test(node_kill_goes_to_the_node_itself),
		cmocka_unit_test(recovery_info_is_that_of_the_node),
		cmocka_unit_test(commands_without_fields_are_one_request),
		cmocka_unit_test(what_a_node_answers_to_a_single_request_is_kept),
		cmocka_unit_test(the_log_level_is_one_request_with_a_number),
		cmocka_unit_test(the_default_copies_are_set_if_they_are_others),
		cmocka_unit_test(a_command_to_a_node_that_does_not_listen_is_lost),
		cmocka_unit_test(a_command_that_is_cut_short_is_lost),
	};

	return cmocka_run_group_tests_name("dog", tests, NULL, NULL);
}
