/*
 * The one stream of events (D9). Whatever happens in a cluster is emitted here once, as a typed
 * event; transcript, log, message list, checks and digest are sinks of this stream. Nothing else
 * prints, and no sink changes what happens.
 */
#ifndef SHEEPSIM_TRACE_TRACE_H
#define SHEEPSIM_TRACE_TRACE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/blob.h"

/*
 * Every kind of event: X(KIND, "name", names of the numbers it carries, up to four, then whether
 * its text is set). "%x" after a name: shown in hexadecimal.
 */
#define TRACE_KINDS(X)                                                                             \
	/* the life of a node */                                                                   \
	X(NODE_START, "node-start", "epoch", "", "", "")                                           \
	X(NODE_CRASH, "node-crash", "", "", "", "")                                                \
	X(NODE_EXIT, "node-exit", "status", "", "", "") /* ended by itself; text: why */           \
	X(NODE_STATUS, "node-status", "status", "epoch", "", "")                                   \
	/* membership */                                                                           \
	X(JOIN_CHECK, "join-check", "port", "status", "epoch", "")                                 \
	X(JOIN_ACCEPT, "join-accept", "port", "members", "epoch", "")                              \
	X(JOIN_REFUSED, "join-refused", "port", "", "", "") /* text: why */                        \
	X(LEAVE, "leave", "port", "members", "epoch", "")                                          \
	X(EPOCH, "epoch", "epoch", "members", "", "")                                              \
	X(FORMAT, "format", "copies", "flags%x", "", "")                                           \
	X(LEVEL, "level", "version", "was", "epoch", "") /* of the peer protocol */                \
	/* requests at a node; text: operation */                                                  \
	X(REQUEST, "request", "opcode%x", "oid%x", "epoch", "id")                                  \
	X(ANSWER, "answer", "opcode%x", "oid%x", "epoch", "result%x")                              \
	X(PARK, "park", "opcode%x", "oid%x", "result%x", "")                                       \
	X(REQUEUE, "requeue", "opcode%x", "oid%x", "result%x", "")                                 \
	/* the store */                                                                            \
	X(OBJECT_CREATE, "object-create", "oid%x", "ec_index", "digest%x", "")                     \
	X(OBJECT_WRITE, "object-write", "oid%x", "offset", "length", "digest%x")                   \
	X(OBJECT_REMOVE, "object-remove", "oid%x", "", "", "")                                     \
	X(OBJECT_STALE, "object-stale", "oid%x", "epoch", "", "")  /* set aside */                 \
	X(OBJECT_LINK, "object-link", "oid%x", "epoch", "", "")	   /* stale copy live again */     \
	X(OBJECT_MOVE, "object-move", "oid%x", "ec_index", "", "") /* to another disk (R703) */    \
	X(PURGE, "purge", "epoch", "objects", "", "")                                              \
	X(JOURNAL, "journal", "entries", "bytes", "", "") /* text: what happened to which file */  \
	X(DISK, "disk", "plugged", "", "", "")		  /* text: what happened to which */       \
	/* recovery */                                                                             \
	X(RECOVERY_START, "recovery-start", "epoch", "target", "lifted", "")                       \
	X(RECOVERY_LIST, "recovery-list", "epoch", "objects", "", "")                              \
	X(RECOVERY_OBJECT, "recovery-object", "oid%x", "epoch", "from", "result%x")                \
	X(RECOVERY_SUPERSEDED, "recovery-superseded", "epoch", "next", "", "")                     \
	X(RECOVERY_SUSPENDED, "recovery-suspended", "epoch", "", "", "")                           \
	X(RECOVERY_END, "recovery-end", "epoch", "finished", "total", "")                          \
	X(RECOVERY_COMPLETE, "recovery-complete", "epoch", "port", "announced", "")                \
	X(GATHERED, "gathered", "epoch", "", "", "") /* G has risen (R542) */                      \
	X(ALERT, "alert", "oid%x", "epoch", "", "")  /* text: what sheep would log as an alert */  \
	/* VDIs */                                                                                 \
	X(VDI_ADD, "vdi-add", "vid%x", "old%x", "copies", "")                                      \
	X(VDI_DELETE, "vdi-delete", "vid%x", "", "", "")                                           \
	/* clients; text: what */                                                                  \
	X(CLIENT_REQUEST, "client-request", "opcode%x", "oid%x", "offset", "length")               \
	X(CLIENT_ANSWER, "client-answer", "opcode%x", "oid%x", "result%x", "digest%x")             \
	X(CLIENT_LOST, "client-lost", "opcode%x", "oid%x", "", "")                                 \
	/* the world */                                                                            \
	X(CONNECT, "connect", "to", "", "", "")                                                    \
	X(DISCONNECT, "disconnect", "to", "", "", "")                                              \
	X(SEND, "send", "to", "opcode%x", "length", "digest%x")                                    \
	X(RECEIVE, "receive", "from", "opcode%x", "length", "digest%x")                            \
	X(DRIVER_SEND, "driver-send", "type", "length", "digest%x", "")                            \
	X(DRIVER_RECEIVE, "driver-receive", "type", "position", "length", "digest%x")              \
	X(DRIVER_ORDER, "driver-order", "submitted", "position", "length", "digest%x")             \
	X(FAULT, "fault", "", "", "", "")		 /* text: what was done */                 \
	X(DISK_ERROR, "disk-error", "oid%x", "", "", "") /* text: the errno, of what */            \
	X(VIOLATION, "violation", "", "", "", "")	 /* text: which invariant, and how */

enum trace_kind {
#define X(kind, name, a, b, c, d) TRACE_##kind,
	TRACE_KINDS(X)
#undef X
		TRACE_NR_KINDS
};

struct trace_event {
	uint64_t time; /* virtual ns */
	uint64_t seq;  /* 0, 1, 2, ... in the stream */
	int place; /* whose event: node index, or a client's place (>= TRACE_CLIENT), -1: world */
	enum trace_kind kind;
	uint64_t num[4];
	const char *text; /* NULL or words; valid during the call */
	/* only with SEND and RECEIVE, CLIENT_*: the frame, valid during the call */
	const uint8_t *head;  /* 48 bytes, or NULL */
	bool answer;	      /* the head is a response header */
	uint64_t conn;	      /* SEND, RECEIVE, DISCONNECT: number of the connection */
	bool io;	      /* likewise: it was opened to an I/O address */
	struct blob *payload; /* DRIVER_ORDER, DRIVER_SEND: a message of the driver's protocol */
};

#define TRACE_CLIENT 10000 /* places of clients start here */

struct trace_sink {
	void (*event)(struct trace_sink *s, const struct trace_event *e);
	STAILQ_ENTRY(trace_sink) link;
};

struct trace {
	STAILQ_HEAD(, trace_sink) sinks;
	uint64_t seq;
	uint64_t digest;	    /* folds every event: the run's digest (D5) */
	uint64_t (*now)(void *arg); /* the clock that stamps events */
	void *now_arg;
};

void trace_init(struct trace *t, uint64_t (*now)(void *arg), void *now_arg);
void trace_add_sink(struct trace *t, struct trace_sink *s);
void trace_remove_sink(struct trace *t, struct trace_sink *s);

/* Emits one event. time and seq of *e are filled here. */
void trace_emit(struct trace *t, struct trace_event *e);

const char *trace_kind_name(enum trace_kind kind);

/*
 * The name of an event's i-th number: *name (not NUL-terminated) and, returned, its length; 0: this
 * kind does not use the number. *hex: it is shown in hexadecimal.
 */
size_t trace_field_name(enum trace_kind kind, unsigned int i, const char **name, bool *hex);

/* Short form for events with numbers only. */
void trace_note(struct trace *t, int place, enum trace_kind kind, uint64_t a, uint64_t b,
		uint64_t c, uint64_t d);

/* As trace_note(), with words. */
void trace_words(struct trace *t, int place, enum trace_kind kind, uint64_t a, uint64_t b,
		 const char *format, ...) __attribute__((format(printf, 6, 7)));
void trace_vwords(struct trace *t, int place, enum trace_kind kind, uint64_t a, uint64_t b,
		  const char *format, va_list args) __attribute__((format(printf, 6, 0)));

#endif
