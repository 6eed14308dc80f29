/* What real sheepdog has said: as text, and the same as packets. */
#include "rig.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "vectors.h"

static struct paths files_of(const char *folder)
{
	char directory[400];
	struct paths p = {0};

	snprintf(directory, sizeof(directory), "%s/%s", VECTORS_DIR, folder);
	assert_int_equal(paths_add(&p, directory, ".txt"), 0);
	return p;
}

/* Requests that were only sent to see them refused; nothing else of it is malformed. */
static bool is_deliberate(const char *path)
{
	static const char *const known[] = {"raw_before_format", "raw_bitmaps", "raw_get_vdi_info",
					    "raw_new_vdi", "raw_unknown_opcodes"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strstr(path, known[i]) != NULL)
			return true;
	}
	return false;
}

static void decode_all(const char *folder, size_t files)
{
	struct paths p = files_of(folder);

	assert_int_equal(p.nr, files);
	for (size_t i = 0; i < p.nr; i++) {
		struct outcome o = decode_input(p.list[i], NULL, 0);

		if (o.code != is_deliberate(p.list[i]))
			fail_msg("%s: %d %s\n%s", p.list[i], o.code, o.error, o.out);
		assert_lacks(&o, "passed over");
		assert_lacks(&o, "not captured");
		outcome_free(&o);
	}
	paths_free(&p);
}

static void what_real_sheepdog_said_is_not_malformed(void **state)
{
	(void)state;
	decode_all("frontend", 223);
	decode_all("admin", 109);
	decode_all("setup", 62);
	decode_all("peer", 68);
	decode_all("cluster", 50);
	decode_all("shepherd", 21);
}

static void events_of_the_local_driver_are_said(void **state)
{
	struct outcome o = decode_input("-v " VECTORS_DIR "/cluster/vdi_create.txt", NULL, 0);

	(void)state;
	assert_has(&o, "    2   - * NOTIFY               nonblock queue, from 127.0.0.1:7000, 3 "
		       "members: NOTIFY_VDI_ADD epoch=1 len=0 new_vid=ed202b copies=3 "
		       "block_size_shift=22\n");
	assert_has(&o, " node[2].nid            127.0.0.1:7002\n");
	assert_has(&o, " request.opcode         NOTIFY_VDI_ADD\n");
	assert_has(&o, " data.name              \"alpha\"\n");
	assert_has(&o, "\n3 messages\n");
	outcome_free(&o);
}

static void conversations_with_shepherd_are_said(void **state)
{
	struct outcome o = decode_input(VECTORS_DIR "/shepherd/sph_join_1.txt", NULL, 0);

	(void)state;
	assert_out(&o, 0,
		   "conn 1  node1 > shepherd\n"
		   "    1   1 > JOIN                 127.0.0.1:7001 nodes=0 epoch=0 status=WAIT\n"
		   "conn 2  node0 > shepherd\n"
		   "    2   2 < NEW_NODE             127.0.0.1:7001 nodes=1 epoch=0 status=WAIT\n"
		   "    3   2 > ACCEPT               127.0.0.1:7001 nodes=1 epoch=0 status=WAIT\n"
		   "    4   1 < JOIN_REPLY           nodes=2 epoch=0 status=WAIT\n"
		   "    5   2 < NEW_NODE_FINISH      127.0.0.1:7001 nodes=2 epoch=0 status=WAIT\n"
		   "5 messages on 2 connections\n");
	outcome_free(&o);
}

/* ------------------------------------------------------------------ the same as packets */

#define SMALL (1u << 20) /* bytes of payload of a file; more would only take time */

/* A conversation as packets; false: it is too large. */
static bool tape_of(struct tape *t, const struct vector *v)
{
	uint64_t total = 0;

	for (size_t i = 0; i < v->nr_messages; i++)
		total += v->messages[i].len;
	if (total > SMALL)
		return false;
	for (size_t i = 0; i < v->nr_conns; i++) {
		tape_conn(t);
		if (!v->conns[i].goes_on)
			tape_open(t, (unsigned)i, EPOCH);
	}
	for (size_t i = 0; i < v->nr_messages; i++) {
		const struct vec_message *m = &v->messages[i];
		uint8_t *payload = vec_payload(m);
		uint8_t *bytes = need(malloc(m->head_len + m->len));

		memcpy(bytes, m->head, m->head_len);
		if (m->len > 0)
			memcpy(bytes + m->head_len, payload, m->len);
		tape_say(t, (unsigned)m->conn, !m->request, EPOCH + m->n * MS, bytes,
			 m->head_len + m->len, 1448);
		free(bytes);
		free(payload);
	}
	return true;
}

/* What was said, without numbers and times: lines with > or <, from there up to the number of the
 * request. */
static char *words_only(char *out)
{
	char *text = need(calloc(1, strlen(out) + 1)), *at = text, *state = NULL;

	for (char *line = strtok_r(out, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		char *mark = strpbrk(line, "<>"), *end;

		if (strncmp(line, "-- without", 10) == 0)
			break;
		if (mark == NULL || strncmp(line, "conn", 4) == 0)
			continue;
		end = strstr(mark, "  (");
		if (end != NULL)
			*end = '\0';
		at += sprintf(at, "%s\n", mark);
	}
	return text;
}

static void packets_tell_the_same_as_text(void **state)
{
	static const char *const folders[] = {"frontend", "admin", "peer"};
	size_t compared = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct paths p = files_of(folders[i]);

		for (size_t k = 0; k < p.nr; k++) {
			struct tape t = {0};
			struct vector v;
			char error[400];

			assert_true(vector_read(&v, p.list[k], error));
			if (tape_of(&t, &v)) {
				struct outcome a = decode_input(p.list[k], NULL, 0);
				struct outcome b = decode_tape("", &t);
				char *as_text = words_only(a.out), *as_packets = words_only(b.out);

				if (strcmp(as_text, as_packets) != 0)
					fail_msg("%s:\n%s\nand as packets:\n%s", p.list[k], as_text,
						 as_packets);
				assert_int_equal(a.code, b.code);
				compared++;
				free(as_text);
				free(as_packets);
				outcome_free(&a);
				outcome_free(&b);
			}
			tape_free(&t);
			vector_free(&v);
		}
		paths_free(&p);
	}
	if (compared < 200)
		fail_msg("only %zu are small enough", compared);
}

int captured_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_real_sheepdog_said_is_not_malformed),
		cmocka_unit_test(events_of_the_local_driver_are_said),
		cmocka_unit_test(conversations_with_shepherd_are_said),
		cmocka_unit_test(packets_tell_the_same_as_text),
	};

	return cmocka_run_group_tests_name("decode: captured conversations", tests, NULL, NULL);
}
