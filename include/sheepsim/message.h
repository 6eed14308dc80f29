/*
 * Messages in words, without a simulation: what the bytes of sheepdog's protocols, of shepherd and
 * of the simulated cluster driver say, and whether they are what they should be.
 *
 * Part of the embedding API, and included by its header; the rules for calls are told there. Words
 * for errors: sheepsim_errmsg(NULL).
 */
#ifndef SHEEPSIM_MESSAGE_H
#define SHEEPSIM_MESSAGE_H

#include <sheepsim/sheepsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One line for a header (with the payload's size); answer: it is a response header. The pointer is
 * valid until the next call of the thread. */
SHEEPSIM_API const char *sheepsim_message_line(const uint8_t head[48], bool answer);

/* The names of all operations ("READ_OBJ"), as filters take them: index 0, 1, 2, ...; NULL past the
 * last. *opcode (may be NULL) gets its number. */
SHEEPSIM_API const char *sheepsim_operation(unsigned index, uint8_t *opcode);

/* What the list of its protocol says of an operation. Words are for people to read. */
struct sheepsim_operation_info {
	const char *name;
	uint8_t opcode;
	const char *protocol;	/* "frontend", "peer", "driver", "admin" */
	const char *runs;	/* "gateway", "peer", "local", "notify", "block", "none" */
	const char *runs_words; /* the same in full */
	bool while_waiting;	/* accepted before format, and while members are missing */
	bool logged;		/* as administrative */
	bool obsolete;		/* gone, or without effect */
	const char *request;	/* variant of the request header: "obj"; "none": reserved bytes */
	const char *answer;	/* variant of the response header */
	const char *sends;	/* payload of the request */
	const char *gets;	/* payload of the answer */
	const char *since;	/* release that brought it: "0.5.6", "not in sheepdog" */
	const char *until;	/* release that it is obsolete since; "" if it is not */
};

/* As sheepsim_operation(). Valid until the next call of the thread. */
SHEEPSIM_API const struct sheepsim_operation_info *sheepsim_operation_info(unsigned index);

struct sheepsim_field {
	const char *name;
	uint64_t offset, len; /* in header (0-47) or payload (from 48 on) */
	const char *value;
};
/*
 * Calls fn (may be NULL) for every field of a message: the request (answer NULL) or the answer to
 * it, which needs its request's header. 0 if decoding and encoding give the same bytes of header,
 * else SHEEPSIM_E_MALFORMED.
 */
SHEEPSIM_API int sheepsim_message_fields(const uint8_t request[48], const uint8_t *answer,
					 const void *payload, size_t len,
					 void (*fn)(void *arg, const struct sheepsim_field *f),
					 void *arg);

/* What a header says of its message. */
struct sheepsim_message {
	const char *operation; /* "READ_OBJ"; NULL: there is no such operation */
	const char *protocol;  /* "frontend", "peer", "driver", "admin"; "none" */
	uint8_t version, opcode;
	uint16_t flags; /* SD_FLAG_CMD_* */
	uint32_t epoch, id;
	uint32_t length;  /* data_length: of a request without payload, room for the answer */
	uint32_t payload; /* bytes that follow the header */
	uint64_t oid;	  /* requests: the object that it names, 0: none */
	uint32_t result;  /* answers: SD_RES_* */
	bool plausible;	  /* very likely a header: for finding the place where a stream goes on */
};
SHEEPSIM_API void sheepsim_message_head(const uint8_t head[48], bool answer,
					struct sheepsim_message *message);

/*
 * A message of any release: they mean different things by the same bytes, of results, payloads, and
 * up to 0.7 of headers. version: the peer version of who says it, as "6a", "8", "9b" or "10"
 * (sheepsim_dialect() lists them); NULL: it is not known, which means 1.0. What the header of an
 * internal request tells counts more; then it only tells apart those who share a number.
 */
struct sheepsim_captured {
	/* Header of the request: the message itself, or what it answers; if that is not known, the
	 * answer again: then version alone counts. */
	const uint8_t *request;
	const uint8_t *answer; /* header of the answer; NULL: the message is the request */
	const void *payload;
	size_t len; /* of what is there of the payload */
	const char *version;
};

/* As sheepsim_message_line() and sheepsim_message_fields(). */
SHEEPSIM_API const char *sheepsim_captured_line(const struct sheepsim_captured *captured);
SHEEPSIM_API int sheepsim_captured_fields(const struct sheepsim_captured *captured,
					  void (*fn)(void *arg, const struct sheepsim_field *f),
					  void *arg);

/* The result of an answer, as the number that 1.0 has for it (SD_RES_*): some had others. */
SHEEPSIM_API uint32_t sheepsim_captured_result(const struct sheepsim_captured *captured);

/*
 * Checks a message against its protocol. SHEEPSIM_E_MALFORMED: sheepsim_errmsg(NULL) tells what is
 * wrong, *offset (may be NULL) where: header bytes are 0-47, payload bytes follow. A request for
 * which a real sheep only finds its room too small is not malformed.
 */
SHEEPSIM_API int sheepsim_captured_check(const struct sheepsim_captured *captured,
					 uint64_t *offset);

/* The version that an internal request's header tells: "9b", as above; NULL: it tells none, as
 * those of clients. Of two releases with the same number it is the later one. */
SHEEPSIM_API const char *sheepsim_message_version(const uint8_t request[48]);

/* Structures that stand for themselves. */
enum sheepsim_structure {
	SHEEPSIM_MEMBERS,	 /* records of 80 bytes (sd_node) */
	SHEEPSIM_CLUSTER_INFO,	 /* what a join carries */
	SHEEPSIM_NOTIFICATION,	 /* what nodes tell each other through a cluster driver */
	SHEEPSIM_INODE,		 /* a whole one of any release, as its size tells */
	SHEEPSIM_TO_SHEPHERD,	 /* a message with its header */
	SHEEPSIM_FROM_SHEPHERD,	 /* likewise */
	SHEEPSIM_DRIVER_MESSAGE, /* of the simulated cluster driver */
	/* of sheepdog's cluster drivers */
	SHEEPSIM_LOCAL_EVENT,	  /* of its file */
	SHEEPSIM_COROSYNC_EVENT,  /* a message with its header */
	SHEEPSIM_ZOOKEEPER_EVENT, /* content of a znode of the queue */
};

/*
 * Calls fn (may be NULL) for every field. version: as of struct sheepsim_captured; only what goes
 * through sheepdog's cluster drivers depends on it, and of these "8" and later are known. 0, or
 * SHEEPSIM_E_MALFORMED with *offset, as of sheepsim_captured_check(); what can be told is told then
 * too.
 */
SHEEPSIM_API int sheepsim_structure_fields(enum sheepsim_structure what, const char *version,
					   const void *bytes, size_t len,
					   void (*fn)(void *arg, const struct sheepsim_field *f),
					   void *arg, uint64_t *offset);

/* One line for it, valid until the next call of the thread; NULL if it is malformed. */
SHEEPSIM_API const char *sheepsim_structure_line(enum sheepsim_structure what, const char *version,
						 const void *bytes, size_t len);

/* The 8 bytes of header of a message to or from shepherd: its name, and in *length how many bytes
 * follow. NULL: no such type, or none that has such a length. */
SHEEPSIM_API const char *sheepsim_shepherd_head(const uint8_t head[8], const char *version,
						bool to_server, uint32_t *length);

/* An event in the file of the local cluster driver: the ring it is in ("block" or "nonblock"),
 * where it begins, and how long it is. */
typedef void (*sheepsim_local_fn)(void *arg, const char *queue, uint64_t offset, uint64_t len);

/*
 * Calls fn (may be NULL) for every event in the file that the local cluster driver keeps
 * (sheepdog_shm), in the order of their places in it: rings, which do not say where they begin.
 * *version gets the peer version of its layout. SHEEPSIM_E_MALFORMED: it is no such file, as its
 * size tells.
 */
SHEEPSIM_API int sheepsim_local_queue(const void *file, size_t len, const char **version,
				      sheepsim_local_fn fn, void *arg);

/* SHA-1 of bytes, as GET_HASH answers it of objects. */
SHEEPSIM_API void sheepsim_sha1(const void *bytes, size_t len, uint8_t digest[20]);

#ifdef __cplusplus
}
#endif

#endif
