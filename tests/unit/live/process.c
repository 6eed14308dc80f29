/*
 * The sheepsim command as a server: its lines, its end, and what survives it. The first argument is
 * the program.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <sheepsim/wire/frontend.h>
#include <sheepsim/wire/object.h>

#include "wire/records.h"

#define HEAD 48

static char *program;

/* A server, and where it works. */
struct server {
	char dir[40];
	pid_t pid;
	FILE *lines; /* what it prints */
	char said[4096];
	uint16_t ports[8];
	unsigned nr_ports;
};

/* ------------------------------------------------------------------ processes */

/* Starts the program with these words (NULL-terminated, without its name) in the directory. */
static pid_t start(const char *dir, char *const words[], int out)
{
	char *argv[32] = {program};
	pid_t pid;

	for (unsigned i = 0; words[i] != NULL; i++)
		argv[i + 1] = words[i];
	pid = fork();
	assert_true(pid >= 0); /* -1 is everybody, to kill() */
	if (pid != 0)
		return pid;
	if (chdir(dir) != 0)
		_exit(99);
	dup2(out, STDOUT_FILENO);
	execv(program, argv);
	_exit(98);
}

/* Its exit code; it must end by itself. */
static int wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Reads lines until it is ready. */
static void await_ready(struct server *s)
{
	char line[1024];

	s->said[0] = '\0';
	s->nr_ports = 0;
	while (fgets(line, sizeof(line), s->lines) != NULL) {
		const char *port = strrchr(line, ':');

		strcat(s->said, line);
		if (strncmp(line, "ready", 5) == 0 || strncmp(line, "{\"ready\"", 8) == 0)
			return;
		if (strncmp(line, "node ", 5) == 0)
			port = strstr(line, "127.0.0.1:") + strlen("127.0.0.1");
		s->ports[s->nr_ports++] = (uint16_t)atoi(port + 1);
	}
	fail_msg("it ended without being ready: %s", s->said);
}

static void serve(struct server *s, char *const words[])
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	s->pid = start(s->dir, words, ends[1]);
	close(ends[1]);
	s->lines = fdopen(ends[0], "r");
	await_ready(s);
}

/* Ends it; its exit code, -1 if it was killed. */
static int end(struct server *s, int number)
{
	int status;

	kill(s->pid, number);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	fclose(s->lines);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[80];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void enter(struct server *s)
{
	memset(s, 0, sizeof(*s));
	strcpy(s->dir, "/tmp/sheepsim-serve-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	write_file(s->dir, "three.scn",
		   "cluster nodes=3 seed=1\nformat copies=2\nvdi create alpha 64M\n");
}

/* Removes the directory, in which only these files are (with blanks between them). */
static void leave(struct server *s, const char *files)
{
	char *copy = strdup(files), *next = copy, *word, path[80];

	while ((word = strsep(&next, " ")) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", s->dir, word);
		unlink(path);
	}
	free(copy);
	if (rmdir(s->dir) != 0)
		fail_msg("%s: %s", s->dir, strerror(errno));
}

/* sheepsim ctl with these words; its exit code, and what it prints. */
static int ctl(struct server *s, char *const words[], char *out, size_t size)
{
	char *argv[16] = {"ctl"};
	int ends[2];
	size_t len = 0;
	ssize_t got;
	pid_t pid;

	for (unsigned i = 0; words[i] != NULL; i++)
		argv[i + 1] = words[i];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = start(s->dir, argv, ends[1]);
	close(ends[1]);
	while ((got = read(ends[0], out + len, size - len - 1)) > 0)
		len += (size_t)got;
	out[len] = '\0';
	close(ends[0]);
	return wait_for(pid);
}

/* ------------------------------------------------------------------ a client */

static int connect_to(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void fill_head(uint8_t head[HEAD], uint8_t opcode, uint16_t flags, uint32_t id, uint64_t oid,
		      uint32_t offset, uint32_t len)
{
	memset(head, 0, HEAD);
	head[0] = 2;
	head[1] = opcode;
	put_le16(head + 2, flags);
	put_le32(head + 8, id);
	put_le32(head + 12, len);
	put_le64(head + 16, oid);
	put_le32(head + 40, offset);
}

static bool receive(int fd, void *bytes, size_t len)
{
	return recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len;
}

static uint32_t vid_of(int fd, const char *vdi)
{
	uint8_t head[HEAD], name[512] = {0};

	strcpy((char *)name, vdi);
	fill_head(head, SD_OP_GET_VDI_INFO, SD_FLAG_CMD_WRITE, 1, 0, 0, sizeof(name));
	assert_int_equal(send(fd, head, HEAD, MSG_NOSIGNAL), HEAD);
	assert_int_equal(send(fd, name, sizeof(name), MSG_NOSIGNAL), sizeof(name));
	assert_true(receive(fd, head, HEAD));
	assert_int_equal(get_le32(head + 16), 0);
	return get_le32(head + 24);
}

/* ------------------------------------------------------------------ tests */

static void it_says_where_nodes_are_and_ends_in_order(void **state)
{
	char *const words[] = {"serve",	    "--port",  "0",	    "--unix", ".",
			       "--control", "control", "three.scn", NULL};
	char *const json[] = {"serve", "--port", "0", "--json", "three.scn", NULL};
	char path[80];
	struct server s;
	int fd;

	(void)state;
	enter(&s);
	serve(&s, words);
	assert_int_equal(s.nr_ports, 3);
	assert_non_null(strstr(s.said, " unix:./2/sock\n"));
	assert_non_null(strstr(s.said, "ready 3 nodes\n"));
	for (unsigned i = 0; i < 3; i++) {
		fd = connect_to(s.ports[i]);
		assert_true(fd >= 0);
		assert_true(vid_of(fd, "alpha") > 0);
		close(fd);
	}
	assert_int_equal(end(&s, SIGTERM), 0);
	assert_int_equal(connect_to(s.ports[0]), -1);
	/* sockets and their directories are gone */
	snprintf(path, sizeof(path), "%s/0", s.dir);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "%s/control", s.dir);
	assert_int_equal(access(path, F_OK), -1);
	serve(&s, json);
	assert_int_equal(s.nr_ports, 3);
	assert_non_null(strstr(s.said, "{\"node\":2,\"host\":\"127.0.0.1\",\"port\":"));
	assert_non_null(strstr(s.said, "{\"ready\":true,\"nodes\":3}\n"));
	assert_int_equal(end(&s, SIGINT), 0);
	leave(&s, "three.scn");
}

static void mistakes_are_told(void **state)
{
	static char *const bad[][6] = {
		{"serve", NULL},
		{"serve", "--port", "70000", "three.scn", NULL},
		{"serve", "--speed", "0", "three.scn", NULL},
		{"serve", "--max-request", "4X", "three.scn", NULL},
		{"serve", "--listen", "nonsense", "--port", "0", "three.scn"},
		{"serve", "missing.scn", NULL},
		{"serve", "bad.scn", NULL},
		{"serve", "empty.scn", NULL},
		{"ctl", NULL},
		{"ctl", "missing", "show time", NULL},
	};
	struct server s;

	(void)state;
	enter(&s);
	write_file(s.dir, "bad.scn", "cluster nodes=1\nkil 0\n");
	write_file(s.dir, "empty.scn", "# nothing\n");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *words[8] = {NULL};
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		int saved = dup(STDERR_FILENO);

		memcpy(words, bad[i], sizeof(bad[i]));
		dup2(null, STDERR_FILENO);
		assert_int_equal(wait_for(start(s.dir, words, null)), 2);
		dup2(saved, STDERR_FILENO);
		close(saved);
		close(null);
	}
	leave(&s, "three.scn bad.scn empty.scn");
}

static void it_is_commanded_by_ctl(void **state)
{
	char *const words[] = {"serve", "--port", "0", "--control", "control", "three.scn", NULL};
	char *const good[] = {"control", "kill 2", "settle until recovered", "show ports", NULL};
	char *const json[] = {"--json", "control", "block GET_OBJ_LIST", "show time", NULL};
	char *const bad[] = {"control", "kill 9", "kill 1", NULL};
	char *const stuck[] = {"control", "start 2", "settle until recovered within 1ms", NULL};
	char *const file[] = {"--file", "commands", "control", NULL};
	char *const until[] = {"--until", "node-crash", "control", NULL};
	char *const finish[] = {"control", "end", NULL};
	char out[4096];
	struct server s;
	int ends[2];
	pid_t pid;

	(void)state;
	enter(&s);
	serve(&s, words);
	assert_int_equal(ctl(&s, good, out, sizeof(out)), 0);
	assert_non_null(strstr(out, " off\n"));
	assert_int_equal(connect_to(s.ports[2]), -1);
	assert_int_equal(ctl(&s, json, out, sizeof(out)), 0);
	assert_non_null(strstr(out, "{\"output\":[\""));
	assert_int_equal(ctl(&s, bad, out, sizeof(out)), 2);
	assert_true(connect_to(s.ports[1]) >= 0); /* what followed was not done */
	assert_int_equal(ctl(&s, stuck, out, sizeof(out)), 3);
	write_file(s.dir, "commands",
		   "# a file\nclear\nsettle until recovered\n----\nsomething else\n\n"
		   "show nodes\n");
	assert_int_equal(ctl(&s, file, out, sizeof(out)), 0);
	assert_non_null(strstr(out, "node 2: member"));
	/* one that waits for an event, while another one makes it happen */
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = start(s.dir, (char *[]){"ctl", until[0], until[1], until[2], NULL}, ends[1]);
	close(ends[1]);
	for (int status; waitpid(pid, &status, WNOHANG) == 0;) {
		char *const again[] = {
			"--keep-going",	       "control", "kill 1", "run 5ms", "start 1",
			"settle until joined", NULL};

		ctl(&s, again, out, sizeof(out));
	}
	assert_true(read(ends[0], out, sizeof(out)) > 0);
	close(ends[0]);
	assert_int_equal(ctl(&s, finish, out, sizeof(out)), 0);
	assert_int_equal(end(&s, 0), 0);
	leave(&s, "three.scn commands");
}

/* ------------------------------------------------------------------ at a terminal */

struct terminal {
	int fd;
	char seen[16384]; /* since the last keys */
	size_t len;
};

/* Reads until this has been shown. */
static void shows(struct terminal *t, const char *what)
{
	while (strstr(t->seen, what) == NULL) {
		struct pollfd p = {.fd = t->fd, .events = POLLIN};
		ssize_t got = poll(&p, 1, 20000) > 0
				      ? read(t->fd, t->seen + t->len, sizeof(t->seen) - t->len - 1)
				      : 0;

		if (got <= 0)
			fail_msg("the terminal does not show `%s', but: %s", what, t->seen);
		t->len += (size_t)got;
		t->seen[t->len] = '\0';
	}
}

static void types(struct terminal *t, const char *keys)
{
	t->len = 0;
	t->seen[0] = '\0';
	assert_int_equal(write(t->fd, keys, strlen(keys)), strlen(keys));
}

static pid_t open_terminal(struct terminal *t, const struct server *s)
{
	pid_t pid = forkpty(&t->fd, NULL, NULL, NULL);

	assert_true(pid >= 0);
	if (pid == 0) {
		if (chdir(s->dir) != 0 || setenv("HOME", s->dir, 1) != 0 ||
		    setenv("TERM", "xterm", 1) != 0)
			_exit(99);
		execl(program, program, "ctl", "control", (char *)NULL);
		_exit(98);
	}
	t->len = 0;
	t->seen[0] = '\0';
	shows(t, "sheepsim> ");
	return pid;
}

static void close_terminal(struct terminal *t, pid_t pid)
{
	types(t, "bye\n");
	assert_int_equal(wait_for(pid), 0);
	close(t->fd);
}

static void a_terminal_has_history_and_completion(void **state)
{
	char *const words[] = {"serve", "--port", "0", "--control", "control", "three.scn", NULL};
	char *const kill_2[] = {"control", "kill 2", NULL};
	struct terminal t;
	struct server s;
	char out[4096];
	pid_t pid;

	(void)state;
	enter(&s);
	serve(&s, words);
	pid = open_terminal(&t, &s);
	types(&t, "show no\t");
	shows(&t, "des ");
	types(&t, "\n");
	shows(&t, "node 2: member");
	shows(&t, "sheepsim> ");
	types(&t, "show p\t");
	shows(&t, "orts ");
	types(&t, "\n");
	shows(&t, "node 0 127.0.0.1:");
	shows(&t, "sheepsim> ");
	/* more than one way to go on: all of them */
	types(&t, "kill \t");
	shows(&t, "0  1  2");
	/* the line is given up; what happens is shown while another one is typed */
	types(&t, "\025follow\n");
	shows(&t, "follow\r\n");
	shows(&t, "sheepsim> ");
	types(&t, "show ti");
	shows(&t, "show ti");
	assert_int_equal(ctl(&s, kill_2, out, sizeof(out)), 0);
	shows(&t, "node2 node-crash");
	shows(&t, "sheepsim> ");
	types(&t, "me\n");
	shows(&t, "s\r\n");
	close_terminal(&t, pid);
	/* another one knows what was typed */
	pid = open_terminal(&t, &s);
	types(&t, "\020\020"); /* two lines back */
	shows(&t, "show time");
	types(&t, "\025");
	close_terminal(&t, pid);
	assert_int_equal(end(&s, SIGTERM), 0);
	leave(&s, "three.scn .sheepsim_history");
}

/* ------------------------------------------------------------------ what survives */

enum { BLOCKS = 64, WINDOW = 16 };

/* Blocks of an object, each with the version that was acknowledged and that was sent last. */
struct versions {
	uint32_t sent[BLOCKS], acknowledged[BLOCKS];
};

static void send_block(struct versions *v, int fd, uint32_t vid, unsigned block)
{
	uint8_t head[HEAD], data[4096];

	for (unsigned i = 0; i < sizeof(data); i += 4)
		put_le32(data + i, v->sent[block] + 1);
	fill_head(head, SD_OP_WRITE_OBJ, SD_FLAG_CMD_WRITE, block, sd_vid_to_data_oid(vid, 0),
		  block * 4096, 4096);
	if (send(fd, head, HEAD, MSG_NOSIGNAL | MSG_MORE) == HEAD &&
	    send(fd, data, sizeof(data), MSG_NOSIGNAL) == (ssize_t)sizeof(data))
		v->sent[block]++;
}

/* Writes for so long, always with a few requests under way; the server is killed then. */
static void write_until_killed(struct versions *v, struct server *s, uint32_t vid, unsigned answers)
{
	int fd = connect_to(s->ports[answers % 3]);
	uint8_t head[HEAD];

	for (unsigned i = 0; i < WINDOW; i++)
		send_block(v, fd, vid, i);
	for (unsigned i = 0; i < answers; i++) {
		unsigned block;

		assert_true(receive(fd, head, HEAD));
		assert_int_equal(get_le32(head + 16), 0);
		block = get_le32(head + 8);
		v->acknowledged[block] = v->sent[block];
		send_block(v, fd, vid, (block + WINDOW) % BLOCKS);
	}
	kill(s->pid, SIGKILL);
	/* what it had still sent counts */
	while (receive(fd, head, HEAD))
		v->acknowledged[get_le32(head + 8)] = v->sent[get_le32(head + 8)];
	close(fd);
	assert_int_equal(end(s, SIGKILL), -1);
}

/* Blocks are as acknowledged or newer; written anew, as replicas of torn writes differ (R902). */
static void compare_blocks(struct versions *v, struct server *s, uint32_t vid)
{
	int fd = connect_to(s->ports[0]);
	uint8_t head[HEAD], data[4096];

	for (unsigned i = 0; i < BLOCKS; i++) {
		uint32_t version;

		fill_head(head, SD_OP_READ_OBJ, 0, i, sd_vid_to_data_oid(vid, 0), i * 4096, 4096);
		assert_int_equal(send(fd, head, HEAD, MSG_NOSIGNAL), HEAD);
		assert_true(receive(fd, head, HEAD) && get_le32(head + 16) == 0);
		assert_true(receive(fd, data, sizeof(data)));
		version = get_le32(data);
		assert_in_range(version, v->acknowledged[i], v->sent[i]);
		for (unsigned k = 0; k < sizeof(data); k += 4)
			assert_int_equal(get_le32(data + k), version);
		v->sent[i] = version;
		send_block(v, fd, vid, i);
		assert_true(receive(fd, head, HEAD) && get_le32(head + 16) == 0);
		v->acknowledged[i] = v->sent[i];
	}
	close(fd);
}

static void nothing_acknowledged_is_lost_when_it_is_killed(void **state)
{
	char *const first[] = {"serve", "--port", "0", "--store", "cluster.db", "three.scn", NULL};
	/* the ports are those of the nodes, whatever is said now */
	char *const again[] = {"serve", "--store", "cluster.db", "three.scn", NULL};
	char *const checking[] = {"serve", "--store", "cluster.db", "--control", "control", NULL};
	char *const check[] = {"control", "check", NULL};
	struct versions v = {{0}, {0}};
	uint8_t head[HEAD];
	struct server s;
	uint16_t port;
	char out[1024];
	uint32_t vid;
	int fd;

	(void)state;
	enter(&s);
	serve(&s, first);
	port = s.ports[1];
	fd = connect_to(port);
	vid = vid_of(fd, "alpha");
	fill_head(head, SD_OP_CREATE_AND_WRITE_OBJ, SD_FLAG_CMD_WRITE, 1,
		  sd_vid_to_data_oid(vid, 0), 0, 0);
	assert_int_equal(send(fd, head, HEAD, MSG_NOSIGNAL), HEAD);
	assert_true(receive(fd, head, HEAD));
	close(fd);
	for (unsigned i = 0; i < 5; i++) {
		write_until_killed(&v, &s, vid, 40 + 97 * i);
		serve(&s, again);
		assert_int_equal(s.ports[1], port);
		compare_blocks(&v, &s, vid);
	}
	/* and when it ends in order */
	assert_int_equal(end(&s, SIGTERM), 0);
	serve(&s, checking);
	compare_blocks(&v, &s, vid);
	assert_int_equal(ctl(&s, check, out, sizeof(out)), 0);
	assert_non_null(strstr(out, "all invariants hold"));
	assert_int_equal(end(&s, SIGTERM), 0);
	leave(&s, "three.scn cluster.db");
}

/* A file in which no cluster was ever finished is no cluster: it is made anew. */
static void a_setup_that_was_cut_short_is_begun_again(void **state)
{
	char *const words[] = {"serve", "--port", "0", "--store", "cluster.db", "three.scn", NULL};
	char *const failing[] = {"serve", "--port", "0", "--store", "cluster.db", "bad.scn", NULL};
	struct server s;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int saved = dup(STDERR_FILENO);

	(void)state;
	enter(&s);
	write_file(s.dir, "bad.scn", "cluster\nvdi create alpha 64M\n");
	dup2(null, STDERR_FILENO);
	assert_int_equal(wait_for(start(s.dir, failing, null)), 2);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(null);
	serve(&s, words);
	assert_int_equal(s.nr_ports, 3);
	assert_int_equal(end(&s, SIGTERM), 0);
	leave(&s, "three.scn bad.scn cluster.db");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_where_nodes_are_and_ends_in_order),
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(it_is_commanded_by_ctl),
		cmocka_unit_test(a_terminal_has_history_and_completion),
		cmocka_unit_test(nothing_acknowledged_is_lost_when_it_is_killed),
		cmocka_unit_test(a_setup_that_was_cut_short_is_begun_again),
	};

	if (argc != 2)
		return 2;
	program = realpath(argv[1], NULL); /* servers work in directories of their own */
	if (program == NULL)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}
