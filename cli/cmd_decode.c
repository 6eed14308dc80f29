/* sheepsim decode: captured traffic in words. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "decode/flows.h"
#include "decode/input.h"
#include "decode/packets.h"
#include "decode/report.h"
#include "decode/texts.h"
#include "files.h"
#include "lines.h"
#include "sheepsim/sheepsim.h"

#define FIRST_PORT    7000
#define LAST_PORT     7999
#define SHEPHERD_PORT 2501

struct decode_job {
	struct decode_options options;
	enum input_kind kind;
};

const char decode_help[] =
	"Reads files, or standard input (also where FILE is -): packets (pcap and pcapng, as "
	"tcpdump\n"
	"and wireshark write them), captured conversations as text (tests/vectors/README.md), or\n"
	"hexadecimal digits: one message a line, or one stream in lines of any length; > and < "
	"before\n"
	"a line say that it is a request or an answer. The content tells which it is.\n"
	"  --format KIND     it is pcap, vectors, hex, inode (the file of an inode object), local "
	"(the\n"
	"                    file of the local cluster driver), corosync (a message of that "
	"driver),\n"
	"                    or zookeeper (the content of a znode of its queue)\n"
	"  --port P[-Q],...  ports of sheep, instead of 7000-7999\n"
	"  --shepherd P      port of shepherd, instead of 2501\n"
	"  --peer-version V  that of the nodes, as `sheepsim versions' lists them: where requests "
	"of\n"
	"                    nodes do not tell it (8 is 0.7), or not all (9a is 0.8, 9b is 0.9)\n"
	"What is shown:\n"
	"  -v, --verbose     every field with its offset and length (+N: in the payload); -vv: of\n"
	"                    long lists too\n"
	"  --json            one JSON object a line, see below\n"
	"  --op NAME,...     only these operations (READ_OBJ, 0x02) and their answers\n"
	"  --oid OID,...     only what names these objects\n"
	"  --conn WHICH,...  only these connections: numbers, addresses, or addresses with port\n"
	"  --result NAME,... only answers with these results (NO_OBJ, 0x02), and their requests\n"
	"  --errors          only what failed, is malformed, or has no answer\n"
	"\n"
	"A line has: the message's number, its time (when it was complete), its connection, > for\n"
	"requests and < for answers, the operation, for answers the result, then the fields of "
	"its\n"
	"header that are not 0; behind | what its payload says; behind an answer, in parentheses, "
	"the\n"
	"number of the request and the time since that was complete. Lines with ! tell what is\n"
	"malformed; bytes that make no message are passed over up to the next that looks like "
	"one.\n"
	"\n"
	"Objects of --json; times in seconds, offsets and lengths in bytes:\n"
	"  type         message, conn (at its first message), close, skipped, unanswered, end;\n"
	"               of several inputs each begins with one of type input, which has its name\n"
	"  n time conn from to      number and time of the message, its connection\n"
	"  kind op      request, answer, to-shepherd, from-shepherd, event, driver, inode, local,\n"
	"               corosync, zookeeper; operation\n"
	"  offset       where it begins in what its side has said\n"
	"  protocol opcode version peer flags epoch id length header\n"
	"               of the header; header has the rest of it by name, as text\n"
	"  result code request latency      of an answer: result, and the request that it answers\n"
	"  text         of other kinds: the message in words\n"
	"  payload      length, captured, sha1, nonzero (first and last byte of each stretch), "
	"with\n"
	"               -v fields (name, offset, length, value)\n"
	"  lost cut     bytes of the payload that were not captured; why it ends early\n"
	"  malformed    offset in the message, stream (offset in the stream), reason\n"
	"  side length malformed reason     of skipped: bytes that no message was made of\n"
	"  by           of close: client or server\n"
	"  messages conns requests answers unanswered failed malformed skipped lost packets "
	"shortened\n"
	"  fragments    of end: how many\n"
	"\n"
	"  tcpdump -i any -s 0 -U -w - 'tcp portrange 7000-7999' | sheepsim decode --errors\n"
	"\n"
	"Ends with 0: nothing is malformed, 1: something is, 2: bad usage, or an input that cannot "
	"be\n"
	"read to its end.\n";

/* ------------------------------------------------------------------ options */

/* Calls fn for each of several words with commas between them; false: fn has failed. */
static bool each_word(const char *words, bool (*fn)(struct decode_job *job, const char *word),
		      struct decode_job *job)
{
	char *copy = need(strdup(words)), *rest = copy;
	bool good = true;

	for (char *word = strsep(&rest, ","); good && word != NULL; word = strsep(&rest, ","))
		good = fn(job, word);
	free(copy);
	return good;
}

static bool add_ports(struct decode_job *job, const char *word)
{
	struct decode_options *o = &job->options;
	char first[8] = "";
	const char *dash = strchr(word, '-');
	uint64_t from, to;

	if (dash != NULL && (size_t)(dash - word) < sizeof(first))
		memcpy(first, word, (size_t)(dash - word));
	if (!line_number(dash != NULL ? first : word, UINT16_MAX, &from) ||
	    !line_number(dash != NULL ? dash + 1 : word, UINT16_MAX, &to) || from > to) {
		usage_error("decode", "`%s' is no port, and no range of them", word);
		return false;
	}
	o->ports = need(realloc(o->ports, (o->nr_ports + 1) * sizeof(*o->ports)));
	o->ports[o->nr_ports++] = (struct port_range){(uint16_t)from, (uint16_t)to};
	return true;
}

/* Numbers with or without 0x, as they stand in what is printed. */
static bool hex_number(const char *word, size_t most, uint64_t *number)
{
	char *end;

	if (strncmp(word, "0x", 2) == 0)
		word += 2;
	if (*word == '\0' || strspn(word, "0123456789abcdefABCDEF") != strlen(word) ||
	    strlen(word) > most)
		return false;
	*number = strtoull(word, &end, 16);
	return true;
}

static bool add_op(struct decode_job *job, const char *word)
{
	uint64_t number;
	const char *name;
	uint8_t opcode;

	job->options.some_ops = true;
	for (unsigned i = 0; (name = sheepsim_operation(i, &opcode)) != NULL; i++) {
		if (strcasecmp(name, word) == 0) {
			job->options.ops[opcode] = true;
			return true;
		}
	}
	if (strncmp(word, "0x", 2) == 0 && hex_number(word, 2, &number)) {
		job->options.ops[number] = true;
		return true;
	}
	usage_error("decode", "there is no operation `%s'", word);
	return false;
}

static bool add_oid(struct decode_job *job, const char *word)
{
	struct decode_options *o = &job->options;
	uint64_t oid;

	if (!hex_number(word, 16, &oid)) {
		usage_error("decode", "`%s' is no object id: up to 16 hexadecimal digits", word);
		return false;
	}
	o->oids = need(realloc(o->oids, (o->nr_oids + 1) * sizeof(*o->oids)));
	o->oids[o->nr_oids++] = oid;
	return true;
}

static bool add_result(struct decode_job *job, const char *word)
{
	struct decode_options *o = &job->options;
	uint64_t number = UINT64_MAX;

	for (uint32_t i = 0; i < 256 && number == UINT64_MAX; i++) {
		if (strcasecmp(sheepsim_result_name(i), word) == 0)
			number = i;
	}
	if (number == UINT64_MAX &&
	    (strncmp(word, "0x", 2) != 0 || !hex_number(word, 8, &number))) {
		usage_error("decode", "there is no result `%s'", word);
		return false;
	}
	o->results = need(realloc(o->results, (o->nr_results + 1) * sizeof(*o->results)));
	o->results[o->nr_results++] = (uint32_t)number;
	return true;
}

static bool add_conn(struct decode_job *job, const char *word)
{
	struct decode_options *o = &job->options;

	o->conns = need(realloc(o->conns, (o->nr_conns + 1) * sizeof(*o->conns)));
	o->conns[o->nr_conns++] = need(strdup(word));
	return true;
}

static bool set_shepherd(struct decode_job *job, const char *word)
{
	uint64_t port;

	if (!line_number(word, UINT16_MAX, &port)) {
		usage_error("decode", "`%s' is no port", word);
		return false;
	}
	job->options.shepherd_port = (uint16_t)port;
	return true;
}

static bool set_format(struct decode_job *job, const char *word)
{
	static const struct {
		const char *name;
		enum input_kind kind;
	} known[] = {
		{"pcap", INPUT_PCAP},	      {"pcapng", INPUT_PCAP},
		{"vectors", INPUT_VECTORS},   {"hex", INPUT_HEX},
		{"inode", INPUT_INODE},	      {"local", INPUT_LOCAL},
		{"corosync", INPUT_COROSYNC}, {"zookeeper", INPUT_ZOOKEEPER},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, word) == 0) {
			job->kind = known[i].kind;
			return true;
		}
	}
	usage_error("decode",
		    "there is no format `%s': pcap, vectors, hex, inode, local, corosync, or "
		    "zookeeper",
		    word);
	return false;
}

/* One that the library knows. */
static bool set_version(struct decode_job *job, const char *word)
{
	const struct sheepsim_dialect *d;

	for (unsigned i = 0; (d = sheepsim_dialect(i)) != NULL; i++) {
		if (strcmp(d->protocol, "peer") == 0 && strcmp(d->version, word) == 0) {
			job->options.version = d->version;
			return true;
		}
	}
	usage_error("decode", "there is no peer version `%s'; `sheepsim versions' lists them",
		    word);
	return false;
}

static bool set_option(struct decode_job *job, int c)
{
	switch (c) {
	case 'j':
		job->options.json = true;
		return true;
	case 'v':
		job->options.verbose++;
		return true;
	case 'e':
		job->options.errors = true;
		return true;
	case 'p':
		return each_word(optarg, add_ports, job);
	case 's':
		return set_shepherd(job, optarg);
	case 'o':
		return each_word(optarg, add_op, job);
	case 'i':
		return each_word(optarg, add_oid, job);
	case 'r':
		return each_word(optarg, add_result, job);
	case 'c':
		return each_word(optarg, add_conn, job);
	case 'f':
		return set_format(job, optarg);
	case 'V':
		return set_version(job, optarg);
	default:
		return false;
	}
}

static bool read_options(struct decode_job *job, int argc, char **argv)
{
	static const struct option known[] = {
		{"format", required_argument, NULL, 'f'},
		{"json", no_argument, NULL, 'j'},
		{"verbose", no_argument, NULL, 'v'},
		{"port", required_argument, NULL, 'p'},
		{"shepherd", required_argument, NULL, 's'},
		{"op", required_argument, NULL, 'o'},
		{"oid", required_argument, NULL, 'i'},
		{"result", required_argument, NULL, 'r'},
		{"conn", required_argument, NULL, 'c'},
		{"errors", no_argument, NULL, 'e'},
		{"peer-version", required_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "v", known, NULL)) != -1) {
		if (!set_option(job, c))
			return false;
	}
	if (job->options.nr_ports == 0) {
		job->options.ports = need(malloc(sizeof(*job->options.ports)));
		job->options.ports[0] = (struct port_range){FIRST_PORT, LAST_PORT};
		job->options.nr_ports = 1;
	}
	return true;
}

static void free_options(struct decode_options *o)
{
	for (size_t i = 0; i < o->nr_conns; i++)
		free(o->conns[i]);
	free(o->conns);
	free(o->ports);
	free(o->oids);
	free(o->results);
}

/* ------------------------------------------------------------------ inputs */

static bool decode_pcap(struct book *book, struct input *in, char error[400])
{
	struct flows flows = {.book = book};
	struct packets packets;
	struct segment segment;
	char words[400] = "";
	int ret = -1;
	FILE *f = input_stream(in, error);

	if (f == NULL)
		return false;
	if (packets_open(&packets, f, words)) {
		book->timed = true;
		while ((ret = packets_next(&packets, &segment, words)) > 0)
			flows_add(&flows, &segment);
		book->totals.packets = packets.packets;
		book->totals.fragments = packets.fragments;
		flows_end(&flows);
		packets_close(&packets);
	}
	if (ret < 0)
		snprintf(error, 400, "%.150s: %.200s", in->name, words);
	return ret == 0;
}

static bool decode_content(struct book *book, struct input *in, enum input_kind kind,
			   char error[400])
{
	size_t len;
	char *content = input_content(in, &len, error);
	bool good = true;

	if (content == NULL)
		return false;
	if (kind == INPUT_ANY)
		kind = input_text_kind(content, len);
	if (decode_structure(book, kind, (const uint8_t *)content, len)) {
		good = true;
	} else if (kind == INPUT_LOCAL) {
		snprintf(error, 400, "%s: %s", in->name, sheepsim_errmsg(NULL));
		good = false;
	} else if (kind == INPUT_UNKNOWN || strlen(content) != len) {
		snprintf(error, 400,
			 "%s: neither packets (pcap, pcapng), nor a captured conversation, nor "
			 "hexadecimal digits",
			 in->name);
		good = false;
	} else if (kind == INPUT_VECTORS) {
		good = decode_vectors(book, in->name, content, error);
	} else {
		good = decode_hex(book, in->name, content, error);
	}
	free(content);
	return good;
}

/* One input, of several or not; the exit code. */
static int decode(const struct decode_job *job, const char *path, bool several)
{
	struct book book = {.options = &job->options, .out = stdout};
	char error[400] = "";
	struct input in;
	bool good;

	if (!input_open(&in, path, error))
		return usage_error("decode", "%s", error);
	/* Who watches a pipe wants to see what is there. */
	if (in.is_pipe)
		setvbuf(stdout, NULL, _IOLBF, 0);
	TAILQ_INIT(&book.unanswered);
	if (several)
		tell_input(&book, path);
	if (job->kind == INPUT_PCAP || (job->kind == INPUT_ANY && input_is_pcap(&in)))
		good = decode_pcap(&book, &in, error);
	else
		good = decode_content(&book, &in, job->kind, error);
	input_close(&in);
	if (good || book.totals.talks > 0)
		tell_end(&book);
	if (fflush(stdout) != 0)
		return usage_error("decode", "the output cannot be written: %s", strerror(errno));
	if (!good)
		return usage_error("decode", "%s", error);
	return book.totals.malformed > 0 ? EXIT_FAILED : EXIT_PASSED;
}

int cmd_decode(int argc, char **argv)
{
	struct decode_job job = {.options.shepherd_port = SHEPHERD_PORT};
	int code = EXIT_PASSED;
	int one;

	if (!read_options(&job, argc, argv)) {
		free_options(&job.options);
		return EXIT_USAGE;
	}
	if (optind == argc && isatty(STDIN_FILENO))
		code = usage_error("decode", "what? (see `sheepsim decode --help')");
	else if (optind == argc)
		code = decode(&job, "-", false);
	for (int i = optind; i < argc; i++) {
		one = decode(&job, argv[i], argc - optind > 1);
		if (one > code)
			code = one;
	}
	free_options(&job.options);
	return code;
}
