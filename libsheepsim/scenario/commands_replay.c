/*
 * Commands that repeat what real clients did on a cluster that was served live. `sheepsim serve
 * --record' writes them; nobody else needs to.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/run.h"
#include "sheepsim/live.h"

#define HEADER	     48u
#define LARGEST_DATA (UINT64_C(1) << 32)

static const struct param served_params[] = {
	{"INDEX", VALUE_COUNT, PARAM_NEEDED, NULL},
	{"ADDRESS", VALUE_WORD, PARAM_NEEDED, NULL},
	{"PORT", VALUE_COUNT, PARAM_NEEDED, NULL},
	PARAMS_END,
};

static int run_served(struct run *r, const struct call *call)
{
	struct served_place p = {
		.node = call_number(call, "INDEX", 0),
		.address = mem_string(call_word(call, "ADDRESS", "")),
		.port = call_number(call, "PORT", 0),
	};

	if (p.node >= MAX_NODES || p.port == 0 || p.port > UINT16_MAX) {
		free(p.address);
		return fail(r, SHEEPSIM_E_SCENARIO, "there is no such node or port");
	}
	r->served = mem_grow(r->served, r->nr_served, sizeof(*r->served));
	r->served[r->nr_served++] = p;
	return r->sim != NULL ? run_tell_served(r, r->nr_served - 1) : 0;
}

/* ------------------------------------------------------------------ bytes */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes that grow. */
struct bytes {
	uint8_t *at;
	size_t len, cap;
};

static bool add_bytes(struct bytes *b, uint8_t byte, uint64_t times)
{
	if (times > LARGEST_DATA - b->len)
		return false;
	if (b->len + times > b->cap) {
		b->cap = 2 * (b->len + (size_t)times);
		b->at = mem_resize(b->at, b->cap, 1);
	}
	memset(b->at + b->len, byte, (size_t)times);
	b->len += (size_t)times;
	return true;
}

/* "0011ff", "00*4096", or several of these with commas between them. False: it is neither. */
static bool parse_bytes(const char *word, struct bytes *b)
{
	while (*word != '\0') {
		int high = digit(word[0]);
		int low = high >= 0 ? digit(word[1]) : -1;
		uint64_t times = 1;
		char *end;

		if (low < 0)
			return false;
		word += 2;
		if (*word == '*') {
			if (digit(word[1]) < 0 || digit(word[1]) > 9)
				return false;
			times = strtoull(word + 1, &end, 10);
			word = end;
		}
		if (!add_bytes(b, (uint8_t)(high << 4 | low), times))
			return false;
		word += *word == ',';
	}
	return true;
}

/* ------------------------------------------------------------------ clients */

static const struct param open_params[] = {
	{"CONNECTION", VALUE_COUNT, PARAM_NEEDED, NULL},
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	{"at", VALUE_TIME, PARAM_KEY_NEEDED, NULL},
	PARAMS_END,
};

static int run_open(struct run *r, const struct call *call)
{
	return sheepsim_replay_open(r->sim, call_number(call, "at", 0),
				    call_number(call, "CONNECTION", 0),
				    call_node(call, "NODE", -1));
}

static const struct param send_params[] = {
	{"CONNECTION", VALUE_COUNT, PARAM_NEEDED, NULL},
	{"HEADER", VALUE_WORD, PARAM_NEEDED, NULL},
	{"DATA", VALUE_WORD, PARAM_OPTIONAL, NULL},
	{"at", VALUE_TIME, PARAM_KEY_NEEDED, NULL},
	PARAMS_END,
};

static int run_send(struct run *r, const struct call *call)
{
	struct bytes head = {0};
	struct bytes data = {0};
	int error;

	if (!parse_bytes(call_word(call, "HEADER", ""), &head) || head.len != HEADER)
		error = fail(r, SHEEPSIM_E_SCENARIO, "a header is 48 bytes in hexadecimal");
	else if (!parse_bytes(call_word(call, "DATA", ""), &data))
		error = fail(r, SHEEPSIM_E_SCENARIO,
			     "data is bytes in hexadecimal, like 00ff or 00*4096,ff");
	else
		error = sheepsim_replay_send(r->sim, call_number(call, "at", 0),
					     call_number(call, "CONNECTION", 0), head.at, data.at,
					     data.len);
	free(head.at);
	free(data.at);
	return error;
}

static const struct param close_params[] = {
	{"CONNECTION", VALUE_COUNT, PARAM_NEEDED, NULL},
	{"at", VALUE_TIME, PARAM_KEY_NEEDED, NULL},
	PARAMS_END,
};

static int run_close(struct run *r, const struct call *call)
{
	return sheepsim_replay_close(r->sim, call_number(call, "at", 0),
				     call_number(call, "CONNECTION", 0));
}

const struct command replay_commands[] = {
	{"served", "says where a node was when the cluster was served live",
	 "INDEX is that of a node which is still to be added: where it says no address and port "
	 "itself, it is there. Checks go by objects then, as in live mode. This may come before "
	 "`cluster'.",
	 served_params, true, run_served},
	{"replay open", "lets a recorded client connect",
	 "at is a virtual time that is still to come.", open_params, true, run_open},
	{"replay send", "lets it send a request",
	 "HEADER and DATA are hexadecimal; 00*4096 is a byte so many times, commas may separate.",
	 send_params, true, run_send},
	{"replay close", "lets it close the connection", "", close_params, true, run_close},
	{NULL, NULL, NULL, NULL, false, NULL},
};
