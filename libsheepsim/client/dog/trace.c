/*
 * dog trace: switches tracers of functions on and off, and takes what they have written. A sheep of
 * a default build has none: it answers well, and with nothing. Only the requests are described;
 * what is said about them is this project's.
 */
#include <string.h>

#include "client/dog/internal.h"

#define BUFFER (20u << 20) /* where a sheep of a build with tracers keeps what they write */
#define STATUS (64u << 10) /* room for the names of tracers: a choice */

static enum dog_next finish(struct dog *d, const char *doing)
{
	if (d->result == SD_RES_SUCCESS)
		return DOG_ENDS;
	dog_say(d, "Failed to %s: %s\n", doing, dog_result(d->result));
	return dog_stop(d, d->result == SD_RES_NETWORK_ERROR ? DOG_NO_SHEEP : DOG_FAILED);
}

/* The tracer is the first argument. */
static void ask_tracer(struct dog *d, uint8_t opcode)
{
	uint32_t len = (uint32_t)strlen(d->words[0]) + 1;

	dog_prepare(d, opcode, len)->flags = SD_FLAG_CMD_WRITE;
	dog_send(d, NULL, blob_new(d->words[0], len));
}

enum dog_next dog_trace_enable(struct dog *d)
{
	DOG_BEGIN(d);
	ask_tracer(d, SD_OP_TRACE_ENABLE);
	DOG_AWAIT(d);
	return finish(d, "enable the tracer");
	DOG_END(d);
}

/* Switches it off, then reads what was traced. */
enum dog_next dog_trace_disable(struct dog *d)
{
	DOG_BEGIN(d);
	ask_tracer(d, SD_OP_TRACE_DISABLE);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return finish(d, "disable the tracer");
	dog_ask(d, SD_OP_TRACE_READ_BUF, BUFFER);
	DOG_AWAIT(d);
	if (d->data)
		dog_put(d, blob_ref(d->data));
	return finish(d, "read what was traced");
	DOG_END(d);
}

enum dog_next dog_trace_status(struct dog *d)
{
	DOG_BEGIN(d);
	dog_ask(d, SD_OP_TRACE_STATUS, STATUS);
	DOG_AWAIT(d);
	if (d->data)
		dog_put(d, blob_ref(d->data));
	return finish(d, "read the status of tracers");
	DOG_END(d);
}
