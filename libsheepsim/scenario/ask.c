#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/ask.h"
#include "scenario/call_values.h"
#include "scenario/content.h"
#include "scenario/values.h"
#include "scenario/vms.h"
#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/header.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/peer.h"

#define PAYLOAD_MAX (UINT64_C(64) << 20)

static const struct {
	const char *name;
	uint16_t bit;
} flags[] = {
#define FLAG(name, bit) {#name, bit},
	SD_FLAGS(FLAG) SD_FLAGS_PEER(FLAG) SD_FLAGS_VDI_ATTR(FLAG)
#undef FLAG
};

/* A field of a header: where it is. */
struct field {
	const char *name;
	size_t at, len; /* 0: there is none of this name */
	struct text known;
};

static void look_for(void *arg, const struct sheepsim_field *f)
{
	struct field *wanted = arg;

	if (f->offset + f->len > sizeof(((struct ask_request *)0)->head))
		return;
	if (strcmp(f->name, wanted->name) == 0) {
		wanted->at = (size_t)f->offset;
		wanted->len = (size_t)f->len;
	}
	text_add(&wanted->known, " %s", f->name);
}

/* Little-endian, as all numbers of the protocol (spec 1.3). */
static void put_number(uint8_t *at, size_t len, uint64_t number)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(number >> 8 * i);
}

static bool parse_hex(const char *digits, uint8_t *bytes, size_t len)
{
	static const char *const hex = "0123456789abcdef";

	for (size_t i = 0; i < 2 * len; i++) {
		const char *digit = digits[i] != '\0' ? strchr(hex, digits[i]) : NULL;

		if (digit == NULL)
			return false;
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | (digit - hex));
	}
	return digits[2 * len] == '\0';
}

/* WRITE|DIRECT */
static bool parse_flags(const char *word, uint64_t *number)
{
	*number = 0;
	while (*word != '\0') {
		size_t len = strcspn(word, "|"), i;

		for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
			if (strlen(flags[i].name) == len && !strncmp(flags[i].name, word, len))
				break;
		}
		if (i == sizeof(flags) / sizeof(*flags))
			return false;
		*number |= flags[i].bit;
		word += len + (word[len] == '|');
	}
	return true;
}

/* An object as everything prints it, which may have decimal digits only. */
static bool is_oid(const struct field *f, const char *word)
{
	return f->len == sizeof(uint64_t) && strlen(word) == 16 &&
	       strspn(word, "0123456789abcdef") == 16;
}

/* What a field is to be: a number, a size, the name of an object (or of its VDI), digits. */
static int set_field(struct run *r, uint8_t head[48], const struct field *f, const char *word)
{
	uint64_t number;
	int error;

	if (f->len > sizeof(number)) {
		memset(head + f->at, 0, f->len);
		if (parse_hex(word, head + f->at, f->len))
			return 0;
		return fail(r, SHEEPSIM_E_SCENARIO, "%s: %zu hexadecimal digits are needed",
			    f->name, 2 * f->len);
	}
	if ((is_oid(f, word) ||
	     (parse_count(word, &number) != NUMBER_OK && parse_size(word, &number) != NUMBER_OK)) &&
	    (strcmp(f->name, "flags") != 0 || !parse_flags(word, &number))) {
		error = object_oid(r, word, &number);
		if (error < 0)
			return error;
		if (f->len == sizeof(uint32_t))
			number = number >> 32 & 0xffffff; /* its vid (spec 3.1) */
	}
	if (f->len < sizeof(number) && number >> 8 * f->len != 0)
		return fail(r, SHEEPSIM_E_SCENARIO, "%s: `%s' does not fit into %zu bytes", f->name,
			    word, f->len);
	put_number(head + f->at, f->len, number);
	return 0;
}

static int take_field(struct run *r, struct ask_request *q, const char *word)
{
	const struct sheepsim_captured as = {.request = q->head, .version = q->version};
	const char *equal = strchr(word, '=');
	char *name = mem_string(word);
	struct field f = {.name = name};
	int error;

	name[equal - word] = '\0';
	sheepsim_captured_fields(&as, look_for, &f);
	if (f.len > 0)
		error = set_field(r, q->head, &f, equal + 1);
	else
		error = fail(r, SHEEPSIM_E_SCENARIO, "there is no field `%s' (known:%s)", name,
			     text_get(&f.known));
	text_free(&f.known);
	free(name);
	return error;
}

/* The vids that a list names, as entries of an index; how many bytes, or an error. */
static int put_vids(struct run *r, const char *list, uint8_t *to)
{
	char *copy = mem_string(list), *rest = copy, *name;
	int len = 0;

	while (len >= 0 && (name = strsep(&rest, ","))) {
		uint32_t vid = vm_vid(r, name);

		if (vid == 0 && strcmp(name, "0") != 0) {
			len = fail(r, SHEEPSIM_E_NOT_FOUND,
				   "vids: this scenario has made no VDI `%s'", name);
		} else {
			put_number(to + len, sizeof(vid), vid);
			len += (int)sizeof(vid);
		}
	}
	free(copy);
	return len;
}

/* What the bytes of a payload are; each as long as its words say, those of a seed any size. */
enum source { SOURCE_TEXT, SOURCE_HEX, SOURCE_VIDS, SOURCE_SEED, NR_SOURCES };

static const char *const sources[NR_SOURCES] = {"text", "hex", "vids", "seed"};

/* The source of a call's payload, NR_SOURCES: none. */
static int find_source(struct run *r, const struct call *call, enum source *source)
{
	*source = NR_SOURCES;
	for (int i = 0; i < NR_SOURCES; i++) {
		if (!call_has(call, sources[i]))
			continue;
		if (*source != NR_SOURCES)
			return fail(r, SHEEPSIM_E_SCENARIO, "either %s or %s", sources[*source],
				    sources[i]);
		*source = (enum source)i;
	}
	return 0;
}

/* How many bytes the words of a source are. */
static size_t source_bytes(enum source source, const char *words)
{
	size_t nr = 1;

	switch (source) {
	case SOURCE_TEXT:
		return strlen(words);
	case SOURCE_HEX:
		return strlen(words) / 2;
	case SOURCE_VIDS:
		for (; *words != '\0'; words++)
			nr += *words == ',';
		return nr * sizeof(uint32_t);
	default:
		return 0;
	}
}

static int fill(struct run *r, const struct call *call, enum source source, struct ask_request *q)
{
	const char *words = call_word(call, sources[source], "");
	uint32_t offset = 0;
	int len;

	switch (source) {
	case SOURCE_TEXT:
		memcpy(q->payload, words, strlen(words));
		return 0;
	case SOURCE_HEX:
		if (parse_hex(words, q->payload, strlen(words) / 2))
			return 0;
		return fail(r, SHEEPSIM_E_SCENARIO, "hex: `%.40s' are no pairs of digits", words);
	case SOURCE_VIDS:
		len = put_vids(r, words, q->payload);
		return len < 0 ? len : 0;
	default:
		for (int i = 0; i < 4; i++)
			offset |= (uint32_t)q->head[offsetof(struct sd_req, obj.offset) + i]
				  << 8 * i;
		content_fill(call_number(call, "seed", 0), offset, q->payload, q->len);
		return 0;
	}
}

/* The payload, with zeros behind it up to a size; without one the size is room for the answer. */
static int take_payload(struct run *r, const struct call *call, struct ask_request *q)
{
	enum source source;
	size_t given;
	uint64_t size;
	int error = find_source(r, call, &source);

	if (error < 0)
		return error;
	given = source == NR_SOURCES ? 0
				     : source_bytes(source, call_word(call, sources[source], ""));
	size = call_number(call, "size", given);
	if (size > PAYLOAD_MAX || size < given)
		return fail(r, SHEEPSIM_E_SCENARIO, "size is %zu to %" PRIu64, given, PAYLOAD_MAX);
	put_number(q->head + offsetof(struct sd_req, data_length), 4, size);
	if (source == NR_SOURCES)
		return 0;
	q->head[offsetof(struct sd_req, flags)] |= SD_FLAG_CMD_WRITE;
	q->len = size;
	q->payload = mem_array(size ? size : 1, 1);
	return fill(r, call, source, q);
}

/* The header as whoever sends this operation begins it. */
static int begin(struct run *r, const struct call *call, struct ask_request *q)
{
	uint8_t *head = q->head;
	const char *name = call_word(call, "OPERATION", ""), *known;
	struct sheepsim_node_info info;
	struct sheepsim_message m;
	uint8_t opcode = 0;
	int error = sheepsim_node_info(r->sim, call_node(call, "NODE", -1), &info);

	if (error < 0)
		return error;
	for (unsigned int i = 0; (known = sheepsim_operation(i, &opcode)) != NULL; i++) {
		if (strcmp(known, name) == 0)
			break;
	}
	if (known == NULL)
		return fail(r, SHEEPSIM_E_SCENARIO, "which operation?");
	q->version = info.peer_version;
	head[offsetof(struct sd_req, opcode)] = opcode;
	head[offsetof(struct sd_req, proto_ver)] = SD_PROTO_VER;
	if (opcode >= SD_OP_INTERNAL && info.peer_version)
		head[offsetof(struct sd_req, proto_ver)] = (uint8_t)atoi(info.peer_version);
	sheepsim_message_head(head, false, &m);
	if (strcmp(m.protocol, "peer") == 0)
		put_number(head + offsetof(struct sd_req, epoch), 4, info.epoch);
	return 0;
}

/* Fields that take more than a number: the offset of an index entry, the address of a node. */
static int take_places(struct run *r, const struct call *call, struct ask_request *q)
{
	struct sheepsim_node_info info;
	char word[40];
	int error;

	if (call_has(call, "entry")) {
		snprintf(word, sizeof(word), "offset=%" PRIu64,
			 offsetof(struct sd_inode, data_vdi_id) +
				 4 * call_number(call, "entry", 0));
		return take_field(r, q, word);
	}
	if (!call_has(call, "good"))
		return 0;
	error = sheepsim_node_info(r->sim, call_node(call, "good", -1), &info);
	if (error == 0) {
		memcpy(q->head + offsetof(struct sd_req, forw.addr), info.address,
		       sizeof(info.address));
		put_number(q->head + offsetof(struct sd_req, forw.port), 2, info.port);
	}
	return error;
}

int ask_build(struct run *r, const struct call *call, struct ask_request *q)
{
	const struct param *fields = command_param(call->command, "FIELD");
	int error;

	memset(q, 0, sizeof(*q));
	error = begin(r, call, q);
	for (size_t i = 0; i < call->nr_values && error == 0; i++) {
		if (call->values[i].param == fields)
			error = take_field(r, q, call->values[i].word);
	}
	if (error == 0)
		error = take_places(r, call, q);
	if (error == 0)
		error = take_payload(r, call, q);
	if (error < 0) {
		free(q->payload);
		q->payload = NULL;
	}
	return error;
}
