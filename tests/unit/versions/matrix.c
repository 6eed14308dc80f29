/*
 * Who can meet whom: every release of a cluster with every release of a joiner, and with every
 * client. What came of each pair is printed as a table, and must be what versions.md says.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sheepsim/sheepsim.h>

#define MIB (UINT64_C(1) << 20)

/* A node as it is configured. */
struct kind {
	const char *name;
	struct sheepsim_versions versions;
	const char *level; /* of a cluster of such nodes, if it is not the highest */
};

static const struct kind clusters[] = {
	{"10", {.peer = "10"}, NULL},
	{"9..10", {.peer = "9..10"}, NULL},
	{"9..10 at 9", {.peer = "9..10"}, "9"},
	{"9", {.peer = "9"}, NULL},
	{"9a", {.peer = "9a"}, NULL},
	{"8", {.peer = "8"}, NULL},
	{"10 silent", {.peer = "10", .silent = true}, NULL},
	{"9 silent", {.peer = "9", .silent = true}, NULL},
};

static const struct kind joiners[] = {
	{"10", {.peer = "10"}, NULL},
	{"9..10", {.peer = "9..10"}, NULL},
	{"9", {.peer = "9"}, NULL},
	{"9a", {.peer = "9a"}, NULL},
	{"8", {.peer = "8"}, NULL},
	{"10 silent", {.peer = "10", .silent = true}, NULL},
	{"9 silent", {.peer = "9", .silent = true}, NULL},
	{"9a silent", {.peer = "9a", .silent = true}, NULL},
	{"8 silent", {.peer = "8", .silent = true}, NULL},
};

#define NR(array)   (sizeof(array) / sizeof(*(array)))
#define NR_CLUSTERS NR(clusters)
#define NR_JOINERS  NR(joiners)

/*
 * works: data is created, written, recovered after a death, and read back, by the joiner too.
 * refused: before anybody accepted it. refuses: it refuses itself, after two epochs. broken: it is
 * a member, and invariants are violated.
 */
static const char *const expected[NR_CLUSTERS][NR_JOINERS] = {
	/* 10 */
	{"works", "works", "refused", "refused", "refused", "works", "refuses", "refuses",
	 "refused"},
	/* 9..10 */
	{"works", "works", "refused", "refused", "refused", "works", "refuses", "refuses",
	 "refused"},
	/* 9..10 at 9 */
	{"refused", "works", "works", "refused", "refused", "refuses", "works", "broken",
	 "refused"},
	/* 9 */
	{"refused", "works", "works", "refused", "refused", "refuses", "works", "broken",
	 "refused"},
	/* 9a */
	{"refused", "refused", "refused", "works", "refused", "refuses", "broken", "works",
	 "refused"},
	/* 8 */
	{"refused", "refused", "refused", "refused", "works", "refuses", "refuses", "refuses",
	 "works"},
	/* 10 silent: nobody looks at what a joiner says; it finds out itself */
	{"works", "works", "refuses", "refuses", "refused", "works", "refuses", "refuses",
	 "refused"},
	/* 9 silent */
	{"refuses", "works", "works", "broken", "refused", "refuses", "works", "broken", "refused"},
};

/* Fails with the words of the simulation. */
#define OK(sim, call) check_ok((sim), (call), #call)

static int check_ok(const struct sheepsim *sim, int result, const char *call)
{
	if (result < 0)
		fail_msg("%s: %s", call, sheepsim_errmsg(sim));
	return result;
}

static void fill(uint8_t *bytes, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256 + seed);
}

/* A VDI through this node: made, written, and read back. 0, or the first error. */
static int make_vdi(struct sheepsim *sim, int node, const char *name)
{
	static uint8_t written[8 * MIB], back[8 * MIB];
	struct sheepsim_client *vm = NULL;
	struct sheepsim_vdi vdi = {.name = name, .size = 64 * MIB};
	int error = sheepsim_client_open(sim, node, &vm);

	fill(written, sizeof(written), (unsigned)name[0]);
	if (error == 0)
		error = sheepsim_vdi_create(vm, &vdi);
	if (error == 0)
		error = sheepsim_write(vm, name, 0, written, sizeof(written));
	if (error == 0)
		error = sheepsim_read(vm, name, 0, back, sizeof(back));
	if (error == 0)
		assert_memory_equal(written, back, sizeof(back));
	if (vm)
		sheepsim_client_close(vm);
	return error;
}

/* Three formatted nodes of this kind, with data. */
static struct sheepsim *open_cluster(const struct kind *kind)
{
	struct sheepsim *sim = NULL;

	OK(NULL, sheepsim_open(&sim, &(struct sheepsim_options){
					     .seed = 1, .nodes = 3, .versions = &kind->versions}));
	if (kind->level)
		OK(sim, sheepsim_set_level(sim, -1, kind->level, false));
	OK(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 2}));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
	OK(sim, make_vdi(sim, 0, "alpha"));
	return sim;
}

static struct sheepsim_node_info info_of(struct sheepsim *sim, int node)
{
	struct sheepsim_node_info info;

	OK(sim, sheepsim_node_info(sim, node, &info));
	return info;
}

/* What came of a node that is a member: data by it, a death, recovery, all checks. */
static const char *outcome_of_member(struct sheepsim *sim, int joiner)
{
	int error = sheepsim_check(sim, SHEEPSIM_CHECK_ALL, NULL);

	if (error == 0)
		error = make_vdi(sim, joiner, "beta");
	if (error == 0) {
		OK(sim, sheepsim_kill(sim, 1));
		OK(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 60 * SHEEPSIM_SECOND));
		error = sheepsim_check(sim, SHEEPSIM_CHECK_ALL, NULL);
	}
	if (error == SHEEPSIM_E_VIOLATION)
		return "broken";
	OK(sim, error);
	return "works";
}

/* A node of this kind joins. What comes of it, and that it cost what it may cost. */
static const char *join(struct sheepsim *sim, const struct kind *kind)
{
	int node = OK(sim,
		      sheepsim_node_add(sim, &(struct sheepsim_node){.versions = &kind->versions}));
	struct sheepsim_node_info info;

	OK(sim, sheepsim_start(sim, node));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 60 * SHEEPSIM_SECOND));
	info = info_of(sim, node);
	if (info.state == SHEEPSIM_NODE_MEMBER)
		return outcome_of_member(sim, node);
	assert_int_equal(info.state, SHEEPSIM_NODE_OFF);
	assert_int_equal(info.exit_status, 1);
	OK(sim, sheepsim_check(sim, SHEEPSIM_CHECK_ALL, NULL));
	if (strncmp(info.exit_reason, "join refused: ", 14) == 0) {
		assert_int_equal(info_of(sim, 0).epoch, 1);
		return "refused";
	}
	assert_non_null(strstr(info.exit_reason, "joined a cluster of peer version"));
	assert_int_equal(info_of(sim, 0).epoch, 3);
	return "refuses";
}

/* A row of a table, without blanks at its end. */
struct row {
	char text[160];
	size_t len;
};

static void row_begin(struct row *r, const char *name)
{
	r->len = (size_t)snprintf(r->text, sizeof(r->text), "%-12s", name);
}

static void row_add(struct row *r, const char *cell)
{
	r->len += (size_t)snprintf(r->text + r->len, sizeof(r->text) - r->len, " %-10s", cell);
	assert_true(r->len < sizeof(r->text));
}

static void row_end(struct row *r)
{
	while (r->text[r->len - 1] == ' ')
		r->len--;
	printf("%.*s\n", (int)r->len, r->text);
}

static void every_release_meets_every_release(void **state)
{
	struct row row;
	unsigned other = 0;

	(void)state;
	row_begin(&row, "joiner");
	for (size_t k = 0; k < NR_JOINERS; k++)
		row_add(&row, joiners[k].name);
	row_end(&row);
	for (size_t i = 0; i < NR_CLUSTERS; i++) {
		row_begin(&row, clusters[i].name);
		for (size_t k = 0; k < NR_JOINERS; k++) {
			struct sheepsim *sim = open_cluster(&clusters[i]);
			const char *outcome = join(sim, &joiners[k]);
			bool same = strcmp(outcome, expected[i][k]) == 0;

			row_add(&row, same ? outcome : "OTHER");
			if (!same)
				print_error("%s joins %s: %s, not %s\n", joiners[k].name,
					    clusters[i].name, outcome, expected[i][k]);
			other += !same;
			sheepsim_close(sim);
		}
		row_end(&row);
	}
	assert_int_equal(other, 0);
}

/* ------------------------------------------------------------------ clients */

/* The releases of sheep that clients meet; silence is between nodes. */
#define NR_SERVERS 6

/*
 * What does not work, in the order of steps: the first one that fails. libsheepdog and dog ask for
 * the cluster's defaults with the admin version of 1.0, which no other release understands
 * (versions.md 5.3: m, n); those that read whole inodes of 1.0 get an error from 0.7 and 0.8 (l).
 * VDIs that QEMU 2.3 and later create on 0.7 have no copies as soon as a node has come back (i).
 */
static const struct {
	const char *client, *outcome[NR_SERVERS];
} failing[] = {
	{"libsheepdog", {NULL, NULL, NULL, "create", "create", "create"}},
	{"dog", {NULL, NULL, NULL, "create", "create", "create"}},
	{"sbd", {NULL, NULL, NULL, NULL, "write", "write"}},
	{"sheepfs", {NULL, NULL, NULL, NULL, "write", "write"}},
	{"qemu-2.3", {NULL, NULL, NULL, NULL, NULL, "read"}},
	{"qemu-2.5", {NULL, NULL, NULL, NULL, NULL, "read"}},
};

static const char *expected_of(const char *client, size_t server)
{
	for (size_t i = 0; i < NR(failing); i++) {
		if (strcmp(failing[i].client, client) == 0 && failing[i].outcome[server])
			return failing[i].outcome[server];
	}
	return "works";
}

static bool reads(struct sheepsim_client *vm, const uint8_t *written, size_t len)
{
	static uint8_t back[5 * MIB];

	assert_true(len <= sizeof(back));
	return sheepsim_read(vm, "beta", 0, back, len) >= 0 && memcmp(written, back, len) == 0;
}

/* Creates, writes, lets a node die and come back, and reads: the first step that fails. */
static const char *served(struct sheepsim *sim, struct sheepsim_client *vm)
{
	static uint8_t written[5 * MIB];
	struct sheepsim_vdi vdi = {.name = "beta", .size = 64 * MIB};

	fill(written, sizeof(written), 1);
	if (sheepsim_vdi_create(vm, &vdi) < 0)
		return "create";
	if (sheepsim_write(vm, "beta", 0, written, sizeof(written)) < 0)
		return "write";
	OK(sim, sheepsim_kill(sim, 2));
	if (sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 60 * SHEEPSIM_SECOND) < 0)
		return "recover";
	if (!reads(vm, written, sizeof(written)))
		return "read";
	OK(sim, sheepsim_start(sim, 2));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 60 * SHEEPSIM_SECOND));
	if (!reads(vm, written, sizeof(written)))
		return "read";
	return sheepsim_check(sim, SHEEPSIM_CHECK_ALL, NULL) < 0 ? "check" : "works";
}

static const char *client_outcome(const struct kind *kind, const char *name)
{
	struct sheepsim *sim = open_cluster(kind);
	struct sheepsim_client *vm;
	const char *outcome;

	OK(sim, sheepsim_client_open_as(sim, 0, &(struct sheepsim_client_options){.dialect = name},
					&vm));
	outcome = served(sim, vm);
	sheepsim_close(sim);
	return outcome;
}

static void every_release_meets_every_client(void **state)
{
	const char *name;
	unsigned other = 0;
	struct row row;

	(void)state;
	row_begin(&row, "client");
	for (size_t k = 0; k < NR_SERVERS; k++)
		row_add(&row, clusters[k].name);
	row_end(&row);
	for (unsigned i = 0; (name = sheepsim_client_dialect(i, NULL)) != NULL; i++) {
		row_begin(&row, name);
		for (size_t k = 0; k < NR_SERVERS; k++) {
			const char *outcome = client_outcome(&clusters[k], name);

			if (strcmp(outcome, expected_of(name, k)) != 0) {
				print_error("%s on %s: %s, not %s\n", name, clusters[k].name,
					    outcome, expected_of(name, k));
				other++;
			}
			row_add(&row, outcome);
		}
		row_end(&row);
	}
	assert_int_equal(other, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_release_meets_every_release),
		cmocka_unit_test(every_release_meets_every_client),
	};

	return cmocka_run_group_tests_name("versions", tests, NULL, NULL);
}
