/* What text and JSON share. */
#include <string.h>

#include "decode/show.h"
#include "sheepsim/sheepsim.h"

#define FEW_ZEROS 32 /* a run of so many belongs to the bytes around it */

const char *said_kind_name(enum said_kind kind)
{
	switch (kind) {
	case SAID_REQUEST:
		return "request";
	case SAID_ANSWER:
		return "answer";
	case SAID_TO_SHEPHERD:
		return "to-shepherd";
	case SAID_FROM_SHEPHERD:
		return "from-shepherd";
	case SAID_EVENT:
		return "event";
	case SAID_DRIVER:
		return "driver";
	case SAID_INODE:
		return "inode";
	case SAID_LOCAL:
		return "local";
	case SAID_COROSYNC:
		return "corosync";
	case SAID_ZOOKEEPER:
		break;
	}
	return "zookeeper";
}

/* ------------------------------------------------------------------ data */

void summarise_data(const uint8_t *bytes, size_t len, struct data_summary *summary)
{
	uint8_t digest[20];
	size_t nr = 0;

	*summary = (struct data_summary){.len = len};
	sheepsim_sha1(bytes, len, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(summary->sha1 + 2 * i, 3, "%02x", digest[i]);
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == 0)
			continue;
		if (nr > 0 && i - summary->nonzero[nr - 1].last <= FEW_ZEROS + 1) {
			summary->nonzero[nr - 1].last = i;
			continue;
		}
		if (nr == MAX_RANGES) {
			summary->more = true;
			break;
		}
		summary->nonzero[nr].first = i;
		summary->nonzero[nr++].last = i;
	}
	summary->nr_nonzero = nr;
}

bool is_data_field(const char *name)
{
	size_t len = strlen(name);

	return len >= 4 && strcmp(name + len - 4, "data") == 0;
}

/* ------------------------------------------------------------------ fields and lines */

static enum sheepsim_structure structure_of(const struct said *said)
{
	switch (said->kind) {
	case SAID_TO_SHEPHERD:
		return SHEEPSIM_TO_SHEPHERD;
	case SAID_FROM_SHEPHERD:
		return SHEEPSIM_FROM_SHEPHERD;
	case SAID_DRIVER:
		return SHEEPSIM_DRIVER_MESSAGE;
	case SAID_INODE:
		return SHEEPSIM_INODE;
	case SAID_LOCAL:
		return SHEEPSIM_LOCAL_EVENT;
	case SAID_COROSYNC:
		return SHEEPSIM_COROSYNC_EVENT;
	case SAID_ZOOKEEPER:
		return SHEEPSIM_ZOOKEEPER_EVENT;
	default:
		break;
	}
	/* What events carry: a notification, or what a join carries. */
	return strcmp(said->event->type, "NOTIFY") == 0 ? SHEEPSIM_NOTIFICATION
							: SHEEPSIM_CLUSTER_INFO;
}

struct sheepsim_captured said_captured(const struct said *said)
{
	return (struct sheepsim_captured){
		.request = said->request,
		.answer = said->kind == SAID_ANSWER ? said->head : NULL,
		.payload = said->payload,
		.len = (size_t)said->got,
		.version = said->version,
	};
}

void said_fields(const struct said *said, void (*fn)(void *arg, const struct sheepsim_field *f),
		 void *arg)
{
	struct sheepsim_captured captured;

	if (said->kind == SAID_REQUEST || said->kind == SAID_ANSWER) {
		captured = said_captured(said);
		sheepsim_captured_fields(&captured, fn, arg);
		return;
	}
	if (said->kind == SAID_EVENT) {
		sheepsim_structure_fields(SHEEPSIM_MEMBERS, said->version, said->event->members,
					  said->event->nr_members * 80, fn, arg, NULL);
		if (said->got == 0)
			return;
	}
	sheepsim_structure_fields(structure_of(said), said->version, said->payload - said->head_len,
				  (size_t)said->got + said->head_len, fn, arg, NULL);
}

static void event_line(const struct said *said, char line[LINE_MAX_LEN])
{
	const struct event *e = said->event;
	const char *more = NULL;
	size_t len;

	snprintf(line, LINE_MAX_LEN, "%s %s queue, from %s, %zu members", e->type, e->queue,
		 sheepsim_structure_line(SHEEPSIM_MEMBERS, said->version, e->sender, 80),
		 e->nr_members);
	if (said->got > 0)
		more = sheepsim_structure_line(structure_of(said), said->version, said->payload,
					       (size_t)said->got);
	len = strlen(line);
	if (more != NULL)
		snprintf(line + len, LINE_MAX_LEN - len, ": %s", more);
}

const char *said_line(const struct said *said, char line[LINE_MAX_LEN])
{
	struct sheepsim_captured captured;
	const char *words;
	char *space;

	if (said->kind == SAID_EVENT) {
		event_line(said, line);
	} else if (said->kind == SAID_REQUEST || said->kind == SAID_ANSWER) {
		captured = said_captured(said);
		words = sheepsim_captured_line(&captured);
		snprintf(line, LINE_MAX_LEN, "%s", words);
	} else {
		words = sheepsim_structure_line(structure_of(said), said->version,
						said->payload - said->head_len,
						(size_t)said->got + said->head_len);
		snprintf(line, LINE_MAX_LEN, "%s", words != NULL ? words : "?");
	}
	space = strchr(line, ' ');
	if (space == NULL)
		return line + strlen(line);
	*space = '\0';
	return space + 1;
}
