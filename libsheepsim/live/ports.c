/*
 * Where nodes listen. A node has its ports from when it is added: they are bound, so that nobody
 * else gets them, and listen while its process does.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "live/live.h"

#define BACKLOG 512

/* ------------------------------------------------------------------ addresses */

/* Fills in an IP address and port. False: that is no address. */
static bool take_address(struct port *p, const char *host, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&p->at;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&p->at;

	memset(&p->at, 0, sizeof p->at);
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		p->at_len = sizeof *v4;
		return true;
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
		return false;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	p->at_len = sizeof *v6;
	return true;
}

static bool is_loopback(const struct port *p)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&p->at;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&p->at;

	if (p->at.ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static bool is_any(const char *host)
{
	return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

static uint16_t port_of(const struct sockaddr_storage *at)
{
	/* both kinds have it at the same place */
	return ntohs(((const struct sockaddr_in *)at)->sin_port);
}

/* A socket that is bound, with errno if it is not. */
static int bind_socket(const struct port *p)
{
	int fd = socket(p->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1, error;

	if (fd < 0)
		return -1;
	if (p->at.ss_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (p->at.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(fd, (const struct sockaddr *)&p->at, p->at_len) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static void close_port(struct port *p)
{
	if (p->fd < 0)
		return;
	ev_io_stop(p->live->loop, &p->accepting);
	close(p->fd);
	p->fd = -1;
}

/* ------------------------------------------------------------------ claiming */

static struct doors *doors_of(struct sheepsim_live *live, int node)
{
	while (live->nr_doors <= node) {
		live->doors = mem_grow(live->doors, (size_t)live->nr_doors, sizeof(*live->doors));
		live->doors[live->nr_doors++] = NULL;
	}
	if (!live->doors[node])
		live->doors[node] = mem_alloc(sizeof(**live->doors));
	return live->doors[node];
}

static struct port *add_port(struct sheepsim_live *live, int node)
{
	struct doors *d = doors_of(live, node);
	struct port *p = &d->ports[d->nr++];

	p->live = live;
	p->node = node;
	p->claim = -1;
	p->fd = -1;
	return p;
}

/* Binds a node's address; *number is what port it got. */
static int claim(struct sheepsim_live *live, int node, const char *host, uint16_t *number)
{
	const char *listen = live->options.listen;
	struct port *p = add_port(live, node);
	socklen_t len = sizeof p->at;

	if (!take_address(p, host, *number))
		return sim_fail(live->sim, SHEEPSIM_E_INVALID, "\"%s\" is no IP address", host);
	if (!live->options.elsewhere && !is_loopback(p) && strcmp(host, listen) != 0 &&
	    !is_any(listen))
		return sim_fail(live->sim, SHEEPSIM_E_INVALID,
				"node %d listens at %s, which is not loopback: that has to be "
				"asked for (listen)",
				node, host);
	if (live->options.elsewhere)
		take_address(p, "127.0.0.1", 0);
	else if (is_any(listen))
		take_address(p, listen, *number);
	p->claim = bind_socket(p);
	if (p->claim < 0)
		return sim_fail(live->sim, SHEEPSIM_E_FILE,
				"node %d cannot listen at %s, port %u: %s", node, host, *number,
				strerror(errno));
	if (getsockname(p->claim, (struct sockaddr *)&p->at, &len) == 0)
		*number = port_of(&p->at);
	return 0;
}

static bool somebody_listens(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool answered;

	if (fd < 0)
		return false;
	answered = connect(fd, (const struct sockaddr *)at, sizeof *at) == 0 || errno == EAGAIN;
	close(fd);
	return answered;
}

/* A socket that was left behind may be taken over; one that is in use may not, and what else is
 * there is somebody's. 0, or why it may not be. */
static int why_not(const struct sockaddr_un *at)
{
	struct stat st;

	if (lstat(at->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : errno;
	if (!S_ISSOCK(st.st_mode))
		return EEXIST;
	return somebody_listens(at) ? EADDRINUSE : 0;
}

const char *unix_error(int error)
{
	if (error == EADDRINUSE)
		return "somebody listens there";
	if (error == EEXIST)
		return "what is there is no socket, and is left alone";
	return strerror(error);
}

int unix_listen(const char *path)
{
	struct port p = {.at.ss_family = AF_UNIX, .at_len = sizeof(struct sockaddr_un)};
	struct sockaddr_un *at = (struct sockaddr_un *)&p.at;
	int fd, error;

	if (strlen(path) >= sizeof at->sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(at->sun_path, path, strlen(path) + 1);
	error = why_not(at);
	if (error != 0) {
		errno = error;
		return -1;
	}
	unlink(path);
	fd = bind_socket(&p);
	if (fd >= 0 && listen(fd, BACKLOG) == 0)
		return fd;
	error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return -1;
}

/* The UNIX socket of a node, as sheep has it in the directory of its store. */
static int claim_unix(struct sheepsim_live *live, int node)
{
	struct port *p = add_port(live, node);
	struct sockaddr_un *at = (struct sockaddr_un *)&p->at;
	char *dir = mem_format("%s/%d", live->options.unix_dir, node);
	int error = 0, why;

	memset(&p->at, 0, sizeof p->at);
	at->sun_family = AF_UNIX;
	p->at_len = sizeof *at;
	p->path = mem_format("%s/sock", dir);
	if (strlen(p->path) >= sizeof at->sun_path)
		error = sim_fail(live->sim, SHEEPSIM_E_INVALID,
				 "%s: a UNIX socket's path has less than %zu bytes", p->path,
				 sizeof at->sun_path);
	else if (mkdir(dir, 0777) == 0)
		live->doors[node]->made_dir = true;
	else if (errno != EEXIST)
		error = sim_fail(live->sim, SHEEPSIM_E_FILE, "%s: %s", dir, strerror(errno));
	if (error == 0) {
		memcpy(at->sun_path, p->path, strlen(p->path) + 1);
		why = why_not(at);
		if (why != 0)
			error = sim_fail(live->sim, SHEEPSIM_E_FILE, "%s: %s", p->path,
					 unix_error(why));
	}
	free(dir);
	return error;
}

static int claim_all(struct sheepsim_live *live, int node, const struct sheepsim_node *config)
{
	struct doors *d = doors_of(live, node);
	uint16_t io_port = config->io_port;
	int error;

	d->host = mem_string(live->options.elsewhere ? "127.0.0.1" : config->address);
	d->number = config->port;
	error = claim(live, node, config->address, &d->number);
	if (error == 0 && config->io_address && io_port)
		error = claim(live, node, config->io_address, &io_port);
	if (error == 0 && live->options.unix_dir)
		error = claim_unix(live, node);
	if (error < 0) {
		live->no_place = true;
		ports_removed(&live->host, node);
	}
	return error;
}

int ports_place(struct sim_host *h, int index, struct sheepsim_node *config)
{
	struct sheepsim_live *live = container_of(h, struct sheepsim_live, host);
	uint32_t first = live->options.port ? live->options.port : SD_LISTEN_PORT;
	uint32_t port = first + (uint32_t)index;
	int error;

	if (!config->address)
		config->address = is_any(live->options.listen) ? "127.0.0.1" : live->options.listen;
	if (!config->port && (!live->options.any_port || live->options.elsewhere)) {
		if (port > UINT16_MAX) {
			live->no_place = true;
			return sim_fail(live->sim, SHEEPSIM_E_INVALID, "node %d needs a port",
					index);
		}
		config->port = (uint16_t)port;
	}
	error = claim_all(live, index, config);
	if (error == 0 && !live->options.elsewhere)
		config->port = live->doors[index]->number;
	return error;
}

static void free_doors(struct doors *d)
{
	for (unsigned i = 0; i < d->nr; i++) {
		struct port *p = &d->ports[i];

		close_port(p);
		if (p->claim >= 0)
			close(p->claim);
		if (p->path && p->bound)
			unlink(p->path);
		if (p->path && d->made_dir) {
			*strrchr(p->path, '/') = '\0';
			rmdir(p->path);
		}
		free(p->path);
	}
	free(d->host);
	free(d);
}

int ports_move(struct sim_host *h, int index, const struct sheepsim_node *config)
{
	struct sheepsim_live *live = container_of(h, struct sheepsim_live, host);
	struct doors *before = live->doors[index];
	int error;

	live->doors[index] = NULL;
	error = claim_all(live, index, config);
	if (error < 0) {
		live->doors[index] = before;
		return error;
	}
	/* the directory of its UNIX socket is the same */
	live->doors[index]->made_dir = before->made_dir;
	before->made_dir = false;
	free_doors(before);
	return 0;
}

int ports_directory(struct sheepsim_live *live)
{
	const char *dir = live->options.unix_dir;
	struct stat st;

	if (!dir)
		return 0;
	/* whoever gets in may do all that clients may */
	live->made_dir = mkdir(dir, 0700) == 0;
	if (live->made_dir)
		return 0;
	if (errno != EEXIST)
		return sim_fail(live->sim, SHEEPSIM_E_FILE,
				"the directory %s for UNIX sockets cannot be made: %s", dir,
				strerror(errno));
	if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return sim_fail(live->sim, SHEEPSIM_E_FILE,
				"%s cannot have UNIX sockets: it is no directory", dir);
	return 0;
}

/* Sheepdog takes ::1 for the IPv4 address 0.0.0.1 (it tells them apart by the first twelve bytes);
 * nobody can listen at that one. */
static const char *host_text(const uint8_t addr[16], char text[48])
{
	if (memcmp(addr, &in6addr_loopback, 16) == 0)
		return strcpy(text, "::1");
	return address_text(addr, text);
}

int ports_adopt(struct sheepsim_live *live)
{
	char host[48], io_host[48];
	int error = 0;

	for (int i = 0; i < live->sim->nr_nodes && error == 0; i++) {
		const struct node_id *id = &live->sim->nodes[i]->rec.nid;
		struct sheepsim_node config = {
			.address = host_text(id->addr, host),
			.port = id->port,
			.io_address = id->io_port ? host_text(id->io_addr, io_host) : NULL,
			.io_port = id->io_port,
		};

		error = claim_all(live, i, &config);
	}
	live->look = true;
	return error;
}

/* ------------------------------------------------------------------ listening */

static void accept_one(struct port *p, int fd)
{
	struct sheepsim_live *live = p->live;
	int one = 1;

	if (live->counts.connections >= live->options.connections) {
		live->counts.refused++;
		limit_hit(live, LIMIT_CONNECTIONS,
			  "%u connections are open: another one to node %d is closed",
			  live->counts.connections, p->node);
		close(fd);
		return;
	}
	if (p->at.ss_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	link_open(live, p->node, fd);
}

static void on_connection(struct ev_loop *loop, ev_io *w, int events)
{
	struct port *p = w->data;

	(void)loop;
	(void)events;
	/* a few at a time: those who are connected want their turn too */
	for (int i = 0; i < 64 && p->fd >= 0; i++) {
		int fd = accept4(p->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			accept_one(p, fd);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			   errno == ENOMEM) {
			limit_hit(p->live, LIMIT_FILES, "node %d cannot accept: %s", p->node,
				  strerror(errno));
			ev_io_stop(p->live->loop, &p->accepting);
			ev_timer_start(p->live->loop, &p->live->retry);
			break;
		} else if (errno != ECONNABORTED && errno != EINTR) {
			break;
		}
	}
}

static void open_port(struct port *p)
{
	/* if somebody has put something else there, binding says so */
	if (p->path && why_not((const struct sockaddr_un *)&p->at) == 0)
		unlink(p->path);
	p->fd = bind_socket(p);
	p->bound = p->bound || p->fd >= 0;
	if (p->fd >= 0 && listen(p->fd, BACKLOG) == 0) {
		ev_io_init(&p->accepting, on_connection, p->fd, EV_READ);
		p->accepting.data = p;
		return;
	}
	live_log(p->live, "node %d cannot listen at its %s: %s", p->node,
		 p->path ? p->path : "port", strerror(errno));
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

static void follow(struct sheepsim_live *live, int node)
{
	const struct world *w = &live->sim->nodes[node]->world;
	struct doors *d = live->doors[node];

	for (unsigned i = 0; i < d->nr; i++) {
		struct port *p = &d->ports[i];

		if (!w->accept || live->draining)
			close_port(p);
		else if (p->fd < 0)
			open_port(p);
		if (p->fd < 0)
			continue;
		if (w->held)
			ev_io_stop(live->loop, &p->accepting);
		else
			ev_io_start(live->loop, &p->accepting);
	}
}

void ports_follow(struct sheepsim_live *live)
{
	struct link *l;

	live->look = false;
	for (int i = 0; i < live->nr_doors; i++)
		if (live->doors[i] && i < live->sim->nr_nodes)
			follow(live, i);
	LIST_FOREACH (l, &live->links, entry)
		link_touch(l);
}

void ports_removed(struct sim_host *h, int index)
{
	struct sheepsim_live *live = container_of(h, struct sheepsim_live, host);

	free_doors(live->doors[index]);
	live->doors[index] = NULL;
}

void ports_close(struct sheepsim_live *live)
{
	for (int i = 0; i < live->nr_doors; i++)
		if (live->doors[i])
			ports_removed(&live->host, i);
	free(live->doors);
	live->doors = NULL;
	live->nr_doors = 0;
	/* unless somebody else has put something there */
	if (live->made_dir)
		rmdir(live->options.unix_dir);
	live->made_dir = false;
}
