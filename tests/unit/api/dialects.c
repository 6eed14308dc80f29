/*
 * Clients of all generations on a real cluster: what they send, byte for byte, and what comes of
 * it. The letters of the matrix are those of the table of known hazards:
 *
 *	b  a snapshot from outside turns later writes into errors
 *	c  the lock is never given back
 *	d  branching fails with VDI_EXIST where the working VDI holds data
 *	e  objects are 4 MiB, whatever the VDI says
 *	g  discarding an object that a snapshot shares damages the snapshot
 */
#include "rig.h"

#include <ctype.h>

#define MAX_ROWS 64

/* ------------------------------------------------------------------ what they send */

struct rows {
	char text[8192];
	size_t len;
};

static void note_request(void *arg, const struct sheepsim_event *e)
{
	struct rows *r = arg;

	if (e->place < 10000 || e->place >= 20000)
		return;
	for (unsigned i = 0; i < 48; i++)
		r->len += (size_t)snprintf(r->text + r->len, sizeof r->text - r->len, "%02x",
					   e->head[i]);
	r->len += (size_t)snprintf(r->text + r->len, sizeof r->text - r->len, "\n");
	assert_true(r->len < sizeof r->text);
}

static struct sheepsim_client *open_as(struct sheepsim *sim, int node, const char *dialect,
				       bool writeback)
{
	struct sheepsim_client_options o = {.dialect = dialect, .writeback = writeback};
	struct sheepsim_client *c;

	OK(sim, sheepsim_client_open_as(sim, node, &o, &c));
	return c;
}

/* All that a client of this generation can be asked for, from creation to release. */
static void speak(const char *dialect, bool writeback, struct rows *rows)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *c = open_as(sim, 0, dialect, writeback);

	OK(sim, sheepsim_events(sim, "client-request", note_request, rows));
	OK(sim, sheepsim_vdi_create(c, &(struct sheepsim_vdi){.name = "alpha", .size = 16 * MIB}));
	rig_write(sim, c, 0, 4096, 1);
	rig_write(sim, c, 4096, 512, 2);
	rig_expect(sim, c, "alpha", 4096, 512, 2);
	sheepsim_flush(c, "alpha");
	sheepsim_discard(c, "alpha", 0, 4 * MIB);
	OK(sim, sheepsim_client_release(c));
	sheepsim_close(sim);
}

/* The rows of a dialect in the file: the hex digits of the lines below its name. */
static void read_rows(const char *heading, struct rows *rows)
{
	FILE *f = fopen(DIALECTS_FILE, "r");
	char line[256];
	bool mine = false;

	assert_non_null(f);
	rows->len = 0;
	while (fgets(line, sizeof line, f)) {
		if (!strncmp(line, "== ", 3)) {
			line[strcspn(line, "\n")] = 0;
			mine = !strcmp(line + 3, heading);
		} else if (mine && isxdigit((unsigned char)line[0])) {
			assert_true(strlen(line) > 96);
			memcpy(rows->text + rows->len, line, 96);
			rows->len += 96;
			rows->text[rows->len++] = '\n';
		}
	}
	rows->text[rows->len] = 0;
	fclose(f);
}

static void every_generation_sends_its_own_bytes(void **state)
{
	static struct rows sent, golden;
	const char *name;
	char heading[64];

	(void)state;
	for (unsigned i = 0; i < 2 * MAX_ROWS; i++) {
		name = sheepsim_client_dialect(i / 2, NULL);
		if (!name)
			break;
		snprintf(heading, sizeof heading, "%s%s", name, i % 2 ? " writeback" : "");
		memset(&sent, 0, sizeof sent);
		speak(name, i % 2, &sent);
		read_rows(heading, &golden);
		if (golden.len == 0 || strcmp(sent.text, golden.text) != 0) {
			print_error("%s sends\n%s", heading, sent.text);
			fail();
		}
	}
}

/* ------------------------------------------------------------------ the matrix */

/* What a generation does on a cluster where nothing special happens. */
enum { CREATE, WRITE, KILL, RECOVER, READ, CHECK, STEPS };
static const char *const step_names[STEPS] = {"create",	 "write", "kill",
					      "recover", "read",  "check"};

struct trial {
	struct sheepsim *sim;
	struct sheepsim_client *client; /* of the generation */
	struct sheepsim_client *other;	/* today's, at another gateway */
};

static struct trial trial_open(const char *dialect, const struct sheepsim_format *format)
{
	struct trial t;
	struct sheepsim_options o = {.seed = 1, .nodes = 4};

	OK(NULL, sheepsim_open(&t.sim, &o));
	OK(t.sim, sheepsim_format(t.sim, format));
	t.client = open_as(t.sim, 0, dialect, false);
	OK(t.sim, sheepsim_client_open(t.sim, 1, &t.other));
	return t;
}

static int trial_create(const struct trial *t, struct sheepsim_client *c)
{
	struct sheepsim_vdi vdi = {.name = "alpha", .size = 64 * MIB};

	(void)t;
	return sheepsim_vdi_create(c, &vdi);
}

static bool same(struct sheepsim_client *c, const char *vdi, const uint8_t *data, size_t len)
{
	uint8_t *buf = malloc(len);
	bool yes;

	assert_non_null(buf);
	yes = sheepsim_read(c, vdi, 0, buf, len) >= 0 && !memcmp(buf, data, len);
	free(buf);
	return yes;
}

/* The steps that have gone well, one bit each. */
static unsigned works(const char *dialect)
{
	struct trial t = trial_open(dialect, &(struct sheepsim_format){.copies = 3});
	static uint8_t data[5 << 20];
	unsigned well = 0;

	rig_fill(data, sizeof data, 1);
	well |= (unsigned)(trial_create(&t, t.client) >= 0) << CREATE;
	well |= (unsigned)(sheepsim_write(t.client, "alpha", 0, data, sizeof data) >= 0) << WRITE;
	well |= (unsigned)(sheepsim_kill(t.sim, 3) >= 0) << KILL;
	well |= (unsigned)(sheepsim_run_until(t.sim, SHEEPSIM_RECOVERED, 60 * SHEEPSIM_SECOND) >= 0)
		<< RECOVER;
	well |= (unsigned)same(t.client, "alpha", data, sizeof data) << READ;
	well |= (unsigned)(sheepsim_check(t.sim, SHEEPSIM_CHECK_ALL, NULL) >= 0) << CHECK;
	sheepsim_close(t.sim);
	return well;
}

/* A snapshot that somebody else takes makes the next write fail. */
static bool readonly_hurts(const char *dialect)
{
	struct trial t = trial_open(dialect, &(struct sheepsim_format){.copies = 3});
	bool hurts;

	OK(t.sim, trial_create(&t, t.client));
	rig_write(t.sim, t.client, 0, 4096, 1);
	OK(t.sim, sheepsim_vdi_snapshot(t.other, "alpha", "one"));
	hurts = sheepsim_write(t.client, "alpha", 0, "x", 1) == SHEEPSIM_E_RESULT &&
		sheepsim_result(t.sim) == SD_RES_READONLY;
	sheepsim_close(t.sim);
	return hurts;
}

/* On a cluster with locks, nobody can open the VDI that it has given back. */
static bool lock_stays(const char *dialect)
{
	struct trial t = trial_open(dialect, &(struct sheepsim_format){.copies = 3, .lock = true});
	bool stays;

	OK(t.sim, trial_create(&t, t.client));
	rig_write(t.sim, t.client, 0, 4096, 1);
	OK(t.sim, sheepsim_client_release(t.client));
	stays = sheepsim_write(t.other, "alpha", 0, "x", 1) == SHEEPSIM_E_RESULT &&
		sheepsim_result(t.sim) == SD_RES_VDI_LOCKED;
	sheepsim_close(t.sim);
	return stays;
}

static bool branching_fails(const char *dialect)
{
	struct trial t = trial_open(dialect, &(struct sheepsim_format){.copies = 3});
	bool fails;

	OK(t.sim, trial_create(&t, t.client));
	rig_write(t.sim, t.client, 0, 4096, 1);
	OK(t.sim, sheepsim_vdi_snapshot(t.other, "alpha", "one"));
	fails = sheepsim_vdi_branch(t.client, "alpha", "one") == SHEEPSIM_E_RESULT &&
		sheepsim_result(t.sim) == SD_RES_VDI_EXIST;
	/* intact, for who knows its name */
	rig_expect(t.sim, t.other, "alpha", 0, 4096, 1);
	sheepsim_close(t.sim);
	return fails;
}

/* What it writes to a VDI with objects of 16 MiB is not what others read there. */
static bool sizes_differ(const char *dialect)
{
	struct sheepsim_format format = {.copies = 3, .block_size_shift = 24};
	struct trial t = trial_open(dialect, &format);
	static uint8_t data[5 << 20];
	bool differ;

	rig_fill(data, sizeof data, 1);
	OK(t.sim, trial_create(&t, t.other));
	OK(t.sim, sheepsim_write(t.client, "alpha", 0, data, sizeof data));
	OK(t.sim, sheepsim_client_release(t.client));
	differ = !same(t.other, "alpha", data, sizeof data);
	sheepsim_close(t.sim);
	return differ;
}

static bool discard_damages(const char *dialect)
{
	struct trial t = trial_open(dialect, &(struct sheepsim_format){.copies = 3});
	static uint8_t data[4 << 20];
	bool damaged;

	rig_fill(data, sizeof data, 1);
	OK(t.sim, trial_create(&t, t.client));
	OK(t.sim, sheepsim_write(t.client, "alpha", 0, data, sizeof data));
	OK(t.sim, sheepsim_client_release(t.client));
	OK(t.sim, sheepsim_vdi_snapshot(t.other, "alpha", "one"));
	damaged = sheepsim_discard(t.client, "alpha", 0, 4 * MIB) >= 0 &&
		  !same(t.other, "alpha:one", data, sizeof data);
	sheepsim_close(t.sim);
	return damaged;
}

static const struct {
	char letter;
	bool (*shows)(const char *dialect);
} hazards[] = {
	{'b', readonly_hurts}, {'c', lock_stays},      {'d', branching_fails},
	{'e', sizes_differ},   {'g', discard_damages},
};

/* What is known of each on sheepdog 1.0 (c: on a cluster with locks). */
static const struct {
	const char *dialect, *letters;
} known[] = {
	{"qemu-0.13", "bcde"}, {"qemu-1.1", "bcde"}, {"qemu-1.4", "bde"},  {"qemu-1.5", "deg"},
	{"qemu-1.7", "deg"},   {"qemu-2.2", "deg"},  {"qemu-2.3", "dg"},   {"qemu-2.5", "d"},
	{"tgt-1.0.40", "de"},  {"tgt-1.0.50", "de"}, {"tgt-1.0.51", "de"}, {"tgt-1.0.54", "d"},
	{"libsheepdog", ""},   {"sbd", ""},	     {"dog", ""},
};

static void every_generation_works_but_for_its_known_hazards(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		const char *name = known[i].dialect;
		unsigned well = works(name);
		char letters[8] = "", row[128];
		int len = snprintf(row, sizeof row, "%-12s", name);

		for (unsigned k = 0; k < STEPS; k++)
			len += snprintf(row + len, sizeof row - (size_t)len, " %s %s",
					step_names[k], well >> k & 1 ? "ok" : "NO");
		for (size_t k = 0; k < sizeof hazards / sizeof hazards[0]; k++)
			if (hazards[k].shows(name))
				letters[strlen(letters)] = hazards[k].letter;
		print_message("%s  %s\n", row, *letters ? letters : "-");
		assert_int_equal(well, (1u << STEPS) - 1);
		assert_string_equal(letters, known[i].letters);
	}
}

/* ------------------------------------------------------------------ names, shared locks, fields */

static void names_of_generations_are_listed(void **state)
{
	struct sheepsim *sim = rig_open(1, 1);
	struct sheepsim_client_options o = {.dialect = "qemu-9"};
	struct sheepsim_client *c = (struct sheepsim_client *)&o;
	char *help = sheepsim_scenario_help("vdi open");
	const char *name, *words;
	unsigned n;

	(void)state;
	FAILS(sim, SHEEPSIM_E_INVALID, "no client \"qemu-9\"; known: default, qemu-0.13",
	      sheepsim_client_open_as(sim, 0, &o, &c));
	assert_null(c);
	for (n = 0; (name = sheepsim_client_dialect(n, &words)); n++) {
		assert_true(strlen(words) > 5);
		assert_non_null(strstr(help, name));
		assert_non_null(strstr(sheepsim_errmsg(sim), name));
	}
	assert_true(n > sizeof known / sizeof known[0]);
	free(help);
	sheepsim_close(sim);
}

static void clients_with_shared_locks_see_what_the_others_write(void **state)
{
	struct sheepsim *sim = rig_open(3, 0);
	struct sheepsim_client *a, *b;

	(void)state;
	OK(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 3, .lock = true}));
	a = open_as(sim, 0, "tgt-1.0.54", true);
	b = open_as(sim, 1, "tgt-1.0.54", true);
	OK(sim, sheepsim_vdi_create(a, &(struct sheepsim_vdi){.name = "alpha", .size = 64 * MIB}));
	rig_write(sim, a, 0, 4096, 1);
	rig_expect(sim, b, "alpha", 0, 4096, 1);
	/* b believes that there is nothing here, until it is told otherwise */
	rig_write(sim, a, 4 * MIB, 4096, 2);
	rig_expect(sim, b, "alpha", 4 * MIB, 4096, 2);
	/* and a, that it may create this */
	rig_write(sim, b, 8 * MIB, 8192, 3);
	rig_write(sim, a, 8 * MIB, 4096, 4);
	rig_expect(sim, b, "alpha", 8 * MIB, 4096, 4);
	rig_check(sim);
	OK(sim, sheepsim_client_release(a));
	OK(sim, sheepsim_client_release(b));
	rig_expect(sim, a, "alpha", 8 * MIB, 4096, 4);
	sheepsim_close(sim);
}

static void a_generation_refuses_what_it_does_not_know(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *old = open_as(sim, 0, "qemu-1.4", false);
	struct sheepsim_vdi coded = {
		.name = "alpha", .size = MIB, .data_strips = 2, .parity_strips = 1};
	struct sheepsim_vdi large = {.name = "alpha", .size = MIB, .block_size_shift = 24};

	(void)state;
	FAILS(sim, SHEEPSIM_E_INVALID, "erasure coding", sheepsim_vdi_create(old, &coded));
	FAILS(sim, SHEEPSIM_E_INVALID, "other sizes", sheepsim_vdi_create(old, &large));
	OK(sim,
	   sheepsim_vdi_create(old, &(struct sheepsim_vdi){.name = "alpha", .size = 64 * MIB}));
	FAILS(sim, SHEEPSIM_E_INVALID, "does not discard",
	      sheepsim_discard(old, "alpha", 0, 4 * MIB));
	FAILS(sim, SHEEPSIM_E_INVALID, "no name of a VDI", sheepsim_flush(old, ""));
	FAILS(sim, SHEEPSIM_E_INVALID, "1 to 255", sheepsim_vdi_branch(old, "alpha", ""));
	FAILS(sim, SHEEPSIM_E_INVALID, "does not write to snapshots",
	      sheepsim_vdi_branch(open_as(sim, 0, "dog", false), "alpha", "one"));
	FAILS(sim, SHEEPSIM_E_INVALID, "does not flush",
	      sheepsim_flush(open_as(sim, 0, "sbd", false), "alpha"));
	FAILS(sim, SHEEPSIM_E_INVALID, "whole objects",
	      sheepsim_discard(open_as(sim, 0, "qemu-1.5", false), "alpha", 512, 4 * MIB));
	rig_check(sim);
	sheepsim_close(sim);
}

int dialect_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_generation_sends_its_own_bytes),
		cmocka_unit_test(every_generation_works_but_for_its_known_hazards),
		cmocka_unit_test(names_of_generations_are_listed),
		cmocka_unit_test(clients_with_shared_locks_see_what_the_others_write),
		cmocka_unit_test(a_generation_refuses_what_it_does_not_know),
	};

	return cmocka_run_group_tests_name("dialects", tests, NULL, NULL);
}
