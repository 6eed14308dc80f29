/*
 * What the tests of live mode share: a cluster on free ports, and real sockets to it, all in one
 * thread: whoever waits for bytes lets the loop turn. Each group of tests runs and returns how many
 * failed.
 */
#ifndef TESTS_UNIT_LIVE_RIG_H
#define TESTS_UNIT_LIVE_RIG_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include <ev.h>

#include <sheepsim/live.h>
#include <sheepsim/wire/admin.h>
#include <sheepsim/wire/frontend.h>
#include <sheepsim/wire/object.h>

#include "wire/records.h"

int serving_tests(void);
int port_tests(void);
int limit_tests(void);
int time_tests(void);
int control_tests(void);
int check_tests(void);
int recording_tests(void);
int row_tests(void);

#define HEAD 48

struct rig {
	struct ev_loop *loop;
	struct sheepsim *sim;
	struct sheepsim_live *live;
	char log[4096]; /* all lines */
	int fds;	/* that were open before */
};

/* The call succeeds; its value. Else the test fails with the words of the simulation. */
#define OK(sim, call) rig_ok((sim), (call), #call, __FILE__, __LINE__)
int rig_ok(const struct sheepsim *sim, int result, const char *call, const char *file, int line);

/* n nodes on free ports, formatted with two copies. options: may be NULL; ports and log are set. */
void rig_open(struct rig *r, unsigned nodes, const struct sheepsim_live_options *options);

/* Without nodes. */
void rig_open_empty(struct rig *r, const struct sheepsim_live_options *options);

/* Adds nodes, starts them, formats. */
void rig_add(struct rig *r, unsigned nodes);

/* Closes everything; no file may be left open. */
void rig_close(struct rig *r);

/* How many files this process has open. */
int rig_files(void);

/* Lets the loop turn for so many milliseconds of wall time. */
void rig_turn(struct rig *r, unsigned ms);

/* Turns until it holds; fails after half a minute. */
void rig_until(struct rig *r, bool (*holds)(void *arg), void *arg);

/* Turns until so many connections are left of those that were accepted. */
void rig_until_left(struct rig *r, unsigned connections);

/* A connection to a node; -1: it is refused. */
int rig_connect(struct rig *r, int node);
int rig_connect_unix(const char *path);

/* A request's header. */
void rig_head(uint8_t head[HEAD], uint8_t opcode, uint16_t flags, uint32_t id, uint32_t len);

/* Sends bytes, turning while the socket is full. False: the connection is gone. */
bool rig_send(struct rig *r, int fd, const void *bytes, size_t len);

/* Receives so many bytes. False: the connection is gone. */
bool rig_receive(struct rig *r, int fd, void *bytes, size_t len);

/* Receives an answer, with its payload (free() it, NULL if there is none). */
bool rig_answer(struct rig *r, int fd, uint8_t head[HEAD], uint8_t **payload);

/* Sends a request and receives its answer; its result. The connection must hold. */
uint32_t rig_ask(struct rig *r, int fd, uint8_t opcode, uint16_t flags, const void *payload,
		 uint32_t len);

/* The connection is closed by the other side, after what it still had to say. */
bool rig_is_closed(struct rig *r, int fd);

/* The node answers a client that comes just now. */
void rig_serves(struct rig *r, int node);

/* Writes to an object, with as many copies as the VDI has; the result code. */
uint32_t rig_write(struct rig *r, int fd, uint8_t opcode, uint64_t oid, uint32_t offset,
		   const void *data, uint32_t len);

/* Creates a VDI; its vid. */
uint32_t rig_vdi(struct rig *r, const char *name);

#endif
