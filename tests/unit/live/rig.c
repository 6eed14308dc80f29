#include "rig.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 30000 /* ms */

int rig_ok(const struct sheepsim *sim, int result, const char *call, const char *file, int line)
{
	if (result < 0) {
		print_error("%s: %s: %s\n", call, sheepsim_strerror(result), sheepsim_errmsg(sim));
		_fail(file, line);
	}
	return result;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int rig_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int nr = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		nr++;
	closedir(dir);
	return nr;
}

static void take_log(void *arg, const char *line)
{
	struct rig *r = arg;
	size_t len = strlen(r->log);

	snprintf(r->log + len, sizeof(r->log) - len, "%s\n", line);
}

void rig_open_empty(struct rig *r, const struct sheepsim_live_options *options)
{
	struct sheepsim_live_options o = {0};

	memset(r, 0, sizeof(*r));
	r->fds = rig_files();
	if (options != NULL)
		o = *options;
	o.any_port = true;
	o.log = take_log;
	o.log_arg = r;
	r->loop = ev_loop_new(EVFLAG_AUTO);
	assert_non_null(r->loop);
	OK(NULL, sheepsim_open(&r->sim, &(struct sheepsim_options){.seed = 1}));
	OK(r->sim, sheepsim_live_start(&r->live, r->sim, r->loop, &o));
}

void rig_add(struct rig *r, unsigned nodes)
{
	for (unsigned i = 0; i < nodes; i++) {
		OK(r->sim, sheepsim_start(r->sim, OK(r->sim, sheepsim_node_add(r->sim, NULL))));
		OK(r->sim, sheepsim_run_until(r->sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	}
	OK(r->sim, sheepsim_format(r->sim, &(struct sheepsim_format){.copies = 2}));
	OK(r->sim, sheepsim_run_until(r->sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
}

void rig_open(struct rig *r, unsigned nodes, const struct sheepsim_live_options *options)
{
	rig_open_empty(r, options);
	rig_add(r, nodes);
}

void rig_close(struct rig *r)
{
	sheepsim_live_stop(r->live);
	sheepsim_close(r->sim);
	ev_loop_destroy(r->loop);
	assert_int_equal(rig_files(), r->fds);
}

static void stop_turning(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)w;
	(void)events;
	ev_break(loop, EVBREAK_ONE);
}

void rig_turn(struct rig *r, unsigned ms)
{
	ev_timer timer;

	ev_now_update(r->loop);
	ev_timer_init(&timer, stop_turning, ms / 1000., 0.);
	ev_timer_start(r->loop, &timer);
	ev_run(r->loop, 0);
	ev_timer_stop(r->loop, &timer);
}

void rig_until(struct rig *r, bool (*holds)(void *arg), void *arg)
{
	uint64_t end = now_ms() + PATIENCE;

	while (!holds(arg)) {
		assert_true(now_ms() < end);
		rig_turn(r, 1);
	}
}

int rig_connect(struct rig *r, int node)
{
	struct sheepsim_live_address a;
	struct sockaddr_in at = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	OK(r->sim, sheepsim_live_address(r->live, node, &a));
	at.sin_port = htons(a.port);
	assert_int_equal(inet_pton(AF_INET, a.host, &at.sin_addr), 1);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	assert_int_equal(errno, ECONNREFUSED);
	close(fd);
	return -1;
}

int rig_connect_unix(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	close(fd);
	return -1;
}

void rig_head(uint8_t head[HEAD], uint8_t opcode, uint16_t flags, uint32_t id, uint32_t len)
{
	memset(head, 0, HEAD);
	head[0] = opcode < 0x80 ? 2 : 10;
	head[1] = opcode;
	put_le16(head + 2, flags);
	put_le32(head + 8, id);
	put_le32(head + 12, len);
}

bool rig_send(struct rig *r, int fd, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t end = now_ms() + PATIENCE;

	while (len > 0) {
		ssize_t sent = send(fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno != EAGAIN)
			return false;
		if (sent < 0) {
			assert_true(now_ms() < end);
			rig_turn(r, 1);
			continue;
		}
		p += sent;
		len -= (size_t)sent;
	}
	return true;
}

bool rig_receive(struct rig *r, int fd, void *bytes, size_t len)
{
	uint8_t *p = bytes;
	uint64_t end = now_ms() + PATIENCE;

	while (len > 0) {
		ssize_t came = recv(fd, p, len, MSG_DONTWAIT);

		if (came == 0 || (came < 0 && errno != EAGAIN))
			return false;
		if (came < 0) {
			assert_true(now_ms() < end);
			rig_turn(r, 1);
			continue;
		}
		p += came;
		len -= (size_t)came;
	}
	return true;
}

bool rig_answer(struct rig *r, int fd, uint8_t head[HEAD], uint8_t **payload)
{
	uint32_t len;

	*payload = NULL;
	if (!rig_receive(r, fd, head, HEAD))
		return false;
	len = get_le32(head + 12);
	if (len == 0)
		return true;
	*payload = malloc(len);
	return rig_receive(r, fd, *payload, len);
}

uint32_t rig_ask(struct rig *r, int fd, uint8_t opcode, uint16_t flags, const void *payload,
		 uint32_t len)
{
	uint8_t head[HEAD];
	uint8_t *data;

	rig_head(head, opcode, flags, 1, len);
	assert_true(rig_send(r, fd, head, HEAD));
	if (flags & SD_FLAG_CMD_WRITE)
		assert_true(rig_send(r, fd, payload, len));
	assert_true(rig_answer(r, fd, head, &data));
	free(data);
	assert_int_equal(head[1], opcode);
	return get_le32(head + 16);
}

void rig_until_left(struct rig *r, unsigned connections)
{
	uint64_t end = now_ms() + PATIENCE;
	struct sheepsim_live_counts counts;

	for (;;) {
		sheepsim_live_counts(r->live, &counts);
		if (counts.connections == connections)
			return;
		assert_true(now_ms() < end);
		rig_turn(r, 1);
	}
}

bool rig_is_closed(struct rig *r, int fd)
{
	uint8_t byte;

	while (rig_receive(r, fd, &byte, 1))
		;
	return true;
}

void rig_serves(struct rig *r, int node)
{
	int fd = rig_connect(r, node);

	assert_true(fd >= 0);
	assert_int_equal(rig_ask(r, fd, SD_OP_READ_VDIS, 0, NULL, SD_VDI_BITMAP_SIZE), 0);
	close(fd);
}

uint32_t rig_write(struct rig *r, int fd, uint8_t opcode, uint64_t oid, uint32_t offset,
		   const void *data, uint32_t len)
{
	uint8_t head[HEAD];
	uint8_t *payload;

	rig_head(head, opcode, SD_FLAG_CMD_WRITE, 1, len);
	put_le64(head + 16, oid);
	put_le32(head + 40, offset);
	assert_true(rig_send(r, fd, head, HEAD));
	assert_true(rig_send(r, fd, data, len));
	assert_true(rig_answer(r, fd, head, &payload));
	free(payload);
	return get_le32(head + 16);
}

uint32_t rig_vdi(struct rig *r, const char *name)
{
	struct sheepsim_vdi_info info;
	struct sheepsim_client *vm;

	OK(r->sim, sheepsim_client_open(r->sim, 0, &vm));
	OK(r->sim, sheepsim_vdi_create(vm, &(struct sheepsim_vdi){.name = name, .size = 64 << 20}));
	OK(r->sim, sheepsim_vdi_lookup(vm, name, "", 0, &info));
	sheepsim_client_close(vm);
	return info.vid;
}
