/* The options of dog's commands, and the help that comes from their table. */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "client/dog/internal.h"

/* One letter may be several options, of different commands. */
struct option_info {
	char letter;
	const char *of;	  /* commands that begin so; NULL: all others */
	const char *name; /* after -- */
	size_t flag;	  /* offset of what it sets in struct dog_options; VALUE: a value follows */
	const char *about;
};

#define FLAG(field) offsetof(struct dog_options, field)
#define VALUE	    SIZE_MAX
#define MORE	    "\n                          "

/* Those of one command stand before those of all. */
static const struct option_info options[] = {
	{'a', NULL, "address", VALUE, "specify the daemon address (default: localhost)"},
	{'A', NULL, "all", FLAG(all), "show the disks of all nodes"},
	{'b', NULL, "store", VALUE, "specify the backend store"},
	{'c', "vdi", "copies", VALUE, "specify the data redundancy level"},
	{'c', NULL, "copies", VALUE, "specify the default data redundancy (number of copies)"},
	{'d', "vdi", "delete", FLAG(delete), "delete a key"},
	{'d', NULL, "diff", FLAG(diff), "show what has changed in each epoch"},
	{'e', NULL, "exist", FLAG(exist), "only check whether objects exist"},
	{'f', NULL, "force", FLAG(force), "do not prompt for confirmation"},
	{'F', "vdi", "from", VALUE, "create a differential backup from the snapshot"},
	{'F', NULL, "avoid-diskfull", FLAG(diskfull), "stop before a disk is full"},
	{'h', NULL, "help", FLAG(help), "display this help and exit"},
	{'i', NULL, "index", VALUE, "specify the index of data objects"},
	{'l', "node", "local", FLAG(local), "the node that is asked"},
	{'l', NULL, "lock", FLAG(lock), "lock VDIs that are in use"},
	{'n', NULL, "no-share", FLAG(no_share), "share nothing with the parent"},
	{'o', NULL, "oid", VALUE, "specify the object id of the vdi"},
	{'p', NULL, "port", VALUE, "specify the daemon port"},
	{'P', "node", "progress", FLAG(progress), "show the progress of recovery"},
	{'P', NULL, "prealloc", FLAG(prealloc), "preallocate all the data objects"},
	{'r', NULL, "raw", FLAG(raw),
	 "raw output mode: omit headers, separate fields with" MORE
	 "single spaces and print all sizes in decimal bytes"},
	{'R', "vdi", "reduce-identical-snapshots", FLAG(reduce),
	 "do not create snapshot if no objects" MORE "have changed"},
	{'R', NULL, "recycle-vid", FLAG(recycle), "use vids of deleted VDIs again"},
	{'s', NULL, "snapshot", VALUE, "specify a snapshot id or tag name"},
	{'t', NULL, "strict", FLAG(strict), "do not serve write requests if too few nodes live"},
	{'T', NULL, "time", FLAG(time), "show elapsed time"},
	{'v', NULL, "verbose", FLAG(verbose), "print more information than default"},
	{'V', NULL, "fixed-vnodes", FLAG(fixed_vnodes), "nodes keep their numbers of vnodes"},
	{'w', NULL, "writeback", FLAG(writeback), "use the writeback semantics"},
	{'x', NULL, "exclusive", FLAG(exclusive), "write in an exclusive mode"},
	{'y', NULL, "hyper", FLAG(hyper), "create a hyper volume"},
	{'z', NULL, "block_size_shift", VALUE, "specify the bit shift num for data object size"},
};

#define NR_OPTIONS (sizeof(options) / sizeof(*options))

static bool is_of(const struct option_info *o, const struct dog_command_line *c)
{
	return !o->of || strncmp(c->words, o->of, strlen(o->of)) == 0;
}

/* The command's option with this letter; NULL: it has none. */
static const struct option_info *find_letter(const struct dog_command_line *c, char letter)
{
	if (!letter || !strchr(c->options, letter))
		return NULL;
	for (size_t i = 0; i < NR_OPTIONS; i++) {
		if (options[i].letter == letter && is_of(&options[i], c))
			return &options[i];
	}
	return NULL;
}

/* The command's option with this long name, which may end with = and a value. */
static const struct option_info *find_name(const struct dog_command_line *c, const char *name)
{
	size_t len = strcspn(name, "=");

	for (const char *letter = c->options; *letter; letter++) {
		const struct option_info *o = find_letter(c, *letter);

		if (o && strlen(o->name) == len && strncmp(o->name, name, len) == 0)
			return o;
	}
	return NULL;
}

/* ------------------------------------------------------------------ values */

static bool parse_number(const char *word, uint64_t most, uint64_t *number)
{
	char *end;

	*number = strtoull(word, &end, 10);
	return end != word && *end == '\0' && word[0] != '-' && *number <= most;
}

/* "3" or "4:2" */
static bool parse_copies(struct dog *d, const char *word)
{
	const char *colon = strchr(word, ':');
	uint64_t data, parity = 0;
	char *end;

	data = strtoull(word, &end, 10);
	if (end == word || (*end && *end != ':') || data == 0 || data > SD_MAX_COPIES)
		return dog_refuse(d, "Invalid redundancy level %s\n", word);
	d->o.copies_set = true;
	d->o.copies = (uint8_t)data;
	if (!colon)
		return true;
	if (!parse_number(colon + 1, 15, &parity) || parity == 0 ||
	    (data != 2 && data != 4 && data != 8 && data != 16))
		return dog_refuse(d, "Invalid redundancy level %s\n", word);
	d->o.copies = (uint8_t)(data + parity);
	d->o.copy_policy = (uint8_t)(data / 2 << 4 | parity);
	return true;
}

/* A number is the id of a snapshot, anything else its tag. */
static bool parse_snapshot(struct dog *d, const char *word, char *tag, uint32_t *snapid)
{
	uint64_t number;

	if (strlen(word) >= SD_MAX_VDI_TAG_LEN || !*word)
		return dog_refuse(d, "Invalid snapshot %s\n", word);
	if (parse_number(word, UINT32_MAX, &number) && number > 0)
		*snapid = (uint32_t)number;
	else
		strcpy(tag, word);
	return true;
}

static bool parse_address(struct dog *d, const char *word)
{
	struct in6_addr six;
	struct in_addr four;
	uint8_t *to = d->via.addr;

	memset(to, 0, sizeof(d->via.addr));
	if (strcmp(word, "localhost") == 0)
		word = "127.0.0.1";
	if (inet_pton(AF_INET, word, &four) == 1)
		memcpy(to + 12, &four, 4);
	else if (inet_pton(AF_INET6, word, &six) == 1)
		memcpy(to, &six, 16);
	else
		return dog_refuse(d, "Invalid ip address %s\n", word);
	return true;
}

static bool parse_oid(struct dog *d, const char *word)
{
	char *end;

	d->o.oid = strtoull(word, &end, 16);
	return *end == '\0' || dog_refuse(d, "Invalid object id %s\n", word);
}

static bool parse_store(struct dog *d, const char *word)
{
	if (strlen(word) > SD_STORE_NAME_LEN)
		return dog_refuse(d, "Invalid store %s\n", word);
	strcpy(d->o.store, word);
	return true;
}

/* -p, -z, -i */
static bool parse_count(struct dog *d, char letter, const char *word)
{
	uint64_t number = 0;

	if (!parse_number(word, letter == 'p' ? UINT16_MAX : UINT32_MAX, &number))
		return dog_refuse(d, "Invalid number %s\n", word);
	switch (letter) {
	case 'p':
		d->via.port = (uint16_t)number;
		return true;
	case 'z':
		d->o.shift = (uint8_t)number;
		return (number >= SD_MIN_BLOCK_SIZE_SHIFT && number <= SD_MAX_BLOCK_SIZE_SHIFT) ||
		       dog_refuse(d, "Object Size is limited from 2^20 to 2^31, not 2^%s\n", word);
	default:
		d->o.index = (uint32_t)number;
		d->o.index_set = true;
		return true;
	}
}

static bool parse_value(struct dog *d, char letter, const char *word)
{
	switch (letter) {
	case 'a':
		return parse_address(d, word);
	case 'b':
		return parse_store(d, word);
	case 'c':
		return parse_copies(d, word);
	case 'F':
		return parse_snapshot(d, word, d->o.from_tag, &d->o.from_snapid);
	case 'o':
		return parse_oid(d, word);
	case 's':
		d->o.snapshot = true;
		return parse_snapshot(d, word, d->o.tag, &d->o.snapid);
	default:
		return parse_count(d, letter, word);
	}
}

/* ------------------------------------------------------------------ for command.c */

size_t dog_parse_option(struct dog *d, size_t i)
{
	const char *word = d->all_words[i];
	bool is_long = word[1] == '-';
	const struct option_info *o = is_long		? find_name(d->command, word + 2)
				      : word[2] == '\0' ? find_letter(d->command, word[1])
							: NULL;
	const char *value = is_long ? strchr(word, '=') : NULL;

	if (!o || (value && o->flag != VALUE)) {
		dog_refuse(d, "Invalid option '%s'\n", word);
		dog_usage(d);
		return 0;
	}
	if (o->letter == 'h') {
		dog_usage(d);
		return 0;
	}
	if (o->flag != VALUE) {
		*(bool *)((char *)&d->o + o->flag) = true;
		return 1;
	}
	if (value)
		return parse_value(d, o->letter, value + 1) ? 1 : 0;
	if (i + 1 == d->nr_all_words) {
		dog_refuse(d, "option requires an argument -- '%s'\n", word + 1);
		return 0;
	}
	return parse_value(d, o->letter, d->all_words[i + 1]) ? 2 : 0;
}

void dog_usage(struct dog *d)
{
	const struct dog_command_line *c = d->command;

	dog_say(d, "Usage: dog %s", c->words);
	for (const char *letter = c->options; *letter; letter++) {
		const struct option_info *o = find_letter(c, *letter);

		if (o->flag == VALUE)
			dog_say(d, " [-%c %s]", o->letter, o->name);
		else
			dog_say(d, " [-%c]", o->letter);
	}
	dog_say(d, "%s%s\nOptions:\n", *c->usage ? " " : "", c->usage);
	for (const char *letter = c->options; *letter; letter++) {
		const struct option_info *o = find_letter(c, *letter);

		dog_say(d, "  -%c, --%-18s%s\n", o->letter, o->name, o->about);
	}
}
