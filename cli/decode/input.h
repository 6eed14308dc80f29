/*
 * What is decoded: a file or standard input, and what kind of content it has.
 */
#ifndef SHEEPSIM_CLI_DECODE_INPUT_H
#define SHEEPSIM_CLI_DECODE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum input_kind {
	INPUT_ANY,  /* its content tells */
	INPUT_PCAP, /* pcapng too */
	INPUT_VECTORS,
	INPUT_HEX,
	INPUT_INODE,
	INPUT_LOCAL, /* the file of the local cluster driver */
	INPUT_COROSYNC,
	INPUT_ZOOKEEPER,
	INPUT_UNKNOWN, /* as INPUT_ANY, but the content has not told */
};

struct input {
	const char *name; /* of the file; "standard input" */
	int fd;
	bool is_pipe;
	uint8_t front[4]; /* was read to see what it is */
	size_t nr_front, used_front;
};

/* path "-": standard input. False: error[] says why. */
bool input_open(struct input *in, const char *path, char error[400]);
void input_close(struct input *in);

/* Is it a capture of packets? */
bool input_is_pcap(const struct input *in);

/* The whole content, with a NUL behind it; free() it. NULL: error[]. */
char *input_content(struct input *in, size_t *len, char error[400]);

/* What is in it, if it is text. */
enum input_kind input_text_kind(const char *content, size_t len);

/* The content as a file, which closes the input; NULL: error[]. */
FILE *input_stream(struct input *in, char error[400]);

#endif
