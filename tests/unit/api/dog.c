/* dog by its command lines. */
#include "rig.h"

#define WORDS_MAX 32

/* Runs "vdi list"; the words are separated by single blanks. */
static struct sheepsim_dog_end dog_with(struct sheepsim *sim, const char *line, const void *input,
					size_t len)
{
	const char *words[WORDS_MAX];
	char *copy = strdup(line), *state = NULL;
	struct sheepsim_dog dog = {.words = words, .node = -1, .input = input, .input_len = len};
	struct sheepsim_dog_end end;

	for (char *w = strtok_r(copy, " ", &state); w; w = strtok_r(NULL, " ", &state))
		words[dog.nr_words++] = w;
	OK(sim, sheepsim_dog(sim, &dog, &end));
	free(copy);
	return end;
}

static struct sheepsim_dog_end dog(struct sheepsim *sim, const char *line)
{
	return dog_with(sim, line, NULL, 0);
}

/* It ends with this status, having said this. */
static void expect(struct sheepsim *sim, int status, const char *words, const char *line)
{
	struct sheepsim_dog_end end = dog(sim, line);

	if (end.status != status || !strstr(end.output, words))
		fail_msg("dog %s: status %d, expected %d, and \"%s\" in:\n%s", line, end.status,
			 status, words, end.output);
}

static void what_dog_writes_is_what_vms_read(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct sheepsim_client *vm;
	uint8_t data[8192], back[8192];
	struct sheepsim_dog_end end;

	(void)state;
	rig_fill(data, sizeof(data), 3);
	expect(sim, 0, "VDI ID of newly created VDI: ed202b", "vdi create -v alpha 16M");
	end = dog_with(sim, "vdi write alpha 4M 8192", data, sizeof(data));
	assert_int_equal(end.status, 0);
	OK(sim, sheepsim_client_open(sim, 1, &vm));
	OK(sim, sheepsim_read(vm, "alpha", 4 * MIB, back, sizeof(back)));
	assert_memory_equal(back, data, sizeof(data));
	end = dog(sim, "vdi read alpha 4M 8192");
	assert_int_equal(end.len, sizeof(data));
	assert_memory_equal(end.data, data, sizeof(data));
	rig_check(sim);
	sheepsim_close(sim);
}

/* What a VM wrote is not expected any more where dog has written since. */
static void the_history_forgets_what_dog_overwrites(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	uint8_t data[4096];

	(void)state;
	rig_write(sim, vm, 0, 4096, 1);
	rig_fill(data, sizeof(data), 2);
	assert_int_equal(dog_with(sim, "vdi write alpha 0 4K", data, sizeof(data)).status, 0);
	rig_check(sim);
	expect(sim, 0, "", "vdi delete alpha");
	rig_check(sim);
	expect(sim, 0, "using backend plain store", "cluster format -f -c 3");
	rig_check(sim);
	sheepsim_close(sim);
}

static void options_stand_anywhere_and_have_long_names(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);

	(void)state;
	expect(sim, 0, "ed202b", "vdi create --copies=3 --verbose alpha --raw 16M");
	expect(sim, 0, "127.0.0.1:7001", "node list -p 7001 --address localhost");
	expect(sim, 0, "      3 ", "vdi list --port 7002");
	expect(sim, 64, "Invalid option '--copy'", "vdi create --copy 3 beta 4M");
	expect(sim, 64, "Invalid option '-s'", "vdi create -s one beta 4M");
	expect(sim, 64, "option requires an argument", "vdi create beta 4M -c");
	expect(sim, 64, "Invalid redundancy level 17:1", "vdi create -c 17:1 beta 4M");
	expect(sim, 64, "Usage: dog vdi create [-P]", "vdi create beta");
	expect(sim, 64, "Usage: dog vdi create [-P]", "vdi create beta 4M 5M");
	expect(sim, 64, "Invalid command", "vdi frobnicate");
	expect(sim, 64, "Invalid command", "vdi");
	expect(sim, 0, "-c, --copies            specify", "vdi create -h");
	expect(sim, 5, "not found", "vdi getattr alpha -- -k");
	sheepsim_close(sim);
}

static void without_a_sheep_it_says_so(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	const char *words[] = {"node", "list"};
	struct sheepsim_dog line = {.words = words, .nr_words = 2, .node = 2};
	struct sheepsim_dog_end end;

	(void)state;
	OK(sim, sheepsim_kill(sim, 2));
	OK(sim, sheepsim_dog(sim, &line, &end));
	assert_int_equal(end.status, 2);
	assert_string_equal(sheepsim_result_name(end.result), "NETWORK_ERROR");
	assert_string_equal(end.output, "failed to connect to 127.0.0.1:7002: Connection refused\n"
					"failed to connect to 127.0.0.1:7002: Connection refused\n"
					"Failed to get node list\n");
	line.node = 7;
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "", sheepsim_dog(sim, &line, &end));
	end = dog(sim, "vdi read nosuch");
	assert_string_equal(sheepsim_result_name(end.result), "NO_VDI");
	end = dog(sim, "node list");
	assert_string_equal(sheepsim_result_name(end.result), "SUCCESS");
	sheepsim_close(sim);
}

/* A node that does not answer: dog waits, and what waits for it is told when all is closed. */
static void a_held_node_lets_dog_wait(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	const char *words[] = {"node", "list"};
	struct sheepsim_dog line = {.words = words, .nr_words = 2, .node = 1};
	struct sheepsim_dog_end end;

	(void)state;
	OK(sim, sheepsim_hold(sim, 1));
	FAILS(sim, SHEEPSIM_E_NO_PROGRESS, "GET_NODE_LIST", sheepsim_dog(sim, &line, &end));
	OK(sim, sheepsim_release(sim, 1));
	rig_check(sim);
	sheepsim_close(sim);
}

struct ends {
	unsigned int nr;
	int status[8];
};

static void take_end(void *arg, const struct sheepsim_dog_end *end)
{
	struct ends *e = arg;

	e->status[e->nr++] = end->status;
}

static void several_run_at_a_time(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	const char *create[] = {"vdi", "create", "alpha", "16M"};
	const char *list[] = {"vdi", "list"};
	struct sheepsim_dog a = {.words = create, .nr_words = 4, .node = 0};
	struct sheepsim_dog b = {.words = list, .nr_words = 2, .node = 1};
	struct ends ends = {0};

	(void)state;
	FAILS(sim, SHEEPSIM_E_INVALID, "nobody", sheepsim_dog_async(sim, &a, NULL, NULL));
	for (int i = 0; i < 3; i++) {
		OK(sim, sheepsim_dog_async(sim, i == 1 ? &b : &a, take_end, &ends));
		assert_int_equal(ends.nr, 0);
	}
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, 10 * SHEEPSIM_SECOND));
	assert_int_equal(ends.nr, 3);
	/* one of two that create the same VDI is told that it exists */
	assert_int_equal(ends.status[0] + ends.status[1] + ends.status[2], 1);
	OK(sim, sheepsim_dog_async(sim, &b, take_end, &ends));
	sheepsim_close(sim);
	assert_int_equal(ends.nr, 4);
	assert_int_equal(ends.status[3], 2);
}

/* A backup of what changed brings it back, in a cluster that has only the first snapshot. */
static void backups_can_be_restored(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct sheepsim_dog_end end;
	uint8_t one[4096], two[4096], *backup;
	size_t len;

	(void)state;
	rig_fill(one, sizeof(one), 1);
	rig_fill(two, sizeof(two), 2);
	expect(sim, 0, "", "vdi create alpha 16M");
	dog_with(sim, "vdi write alpha 0 4K", one, sizeof(one));
	expect(sim, 0, "", "vdi snapshot alpha -s one");
	dog_with(sim, "vdi write alpha 5M 4K", two, sizeof(two));
	expect(sim, 0, "", "vdi snapshot alpha -s two");
	end = dog(sim, "vdi backup alpha -F one -s two");
	assert_int_equal(end.status, 0);
	len = end.len;
	backup = malloc(len);
	memcpy(backup, end.data, len);
	expect(sim, 0, "", "vdi delete alpha -s two");
	assert_int_equal(dog_with(sim, "vdi restore alpha -s one", "no backup", 9).status, 64);
	assert_int_equal(dog_with(sim, "vdi restore alpha -s one", backup, len).status, 0);
	free(backup);
	end = dog(sim, "vdi read alpha -s 2 5M 4K");
	assert_int_equal(end.len, sizeof(two));
	assert_memory_equal(end.data, two, sizeof(two));
	end = dog(sim, "vdi read alpha -s 2 0 4K");
	assert_memory_equal(end.data, one, sizeof(one));
	sheepsim_close(sim);
}

/* Each of them has a usage, and a line that says what it does. */
static void all_commands_are_listed_and_known(void **state)
{
	struct sheepsim *sim = rig_open(1, 1);
	const char *words, *usage, *about;
	char line[200];
	unsigned int nr = 0;

	(void)state;
	while ((words = sheepsim_dog_command(nr, &usage, &about)) != NULL) {
		assert_non_null(usage);
		assert_true(strlen(about) > 0);
		snprintf(line, sizeof(line), "%s -h", words);
		expect(sim, 0, words, line);
		nr++;
	}
	assert_true(nr > 50);
	assert_non_null(sheepsim_dog_command(0, NULL, NULL));
	sheepsim_close(sim);
}

int dog_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_dog_writes_is_what_vms_read),
		cmocka_unit_test(the_history_forgets_what_dog_overwrites),
		cmocka_unit_test(options_stand_anywhere_and_have_long_names),
		cmocka_unit_test(without_a_sheep_it_says_so),
		cmocka_unit_test(a_held_node_lets_dog_wait),
		cmocka_unit_test(several_run_at_a_time),
		cmocka_unit_test(backups_can_be_restored),
		cmocka_unit_test(all_commands_are_listed_and_known),
	};

	return cmocka_run_group_tests_name("dog", tests, NULL, NULL);
}
