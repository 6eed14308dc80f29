/*
 * dog, sheepdog's tool: runs one of its command lines against a node, sends what dog sends, in its
 * order, and says what dog says. All subcommands of sheepdog 1.0 that concern nodes are there. What
 * is not there, or not as dog has it, is told in include/sheepsim/dog.h.
 *
 * Inside (internal.h) a command is one function that reads from top to bottom, although it is left
 * at each request and entered again with the answer.
 *
 *   command.c  which subcommands there are, and their arguments
 *   options.c  which options there are, and the usage that comes from both
 *   engine.c   a run: connections, requests, answers, the end
 *   ask.c      what many commands ask: nodes, a VDI by name, inodes
 *   list.c     going through all VDIs
 *   words.c    sizes, times, results in dog's words
 *   vdi.c io.c attr.c show.c object.c check.c backup.c cache.c: dog vdi
 *   node.c: dog node; cluster.c, and farm.c for its snapshots: dog cluster;
 *   trace.c: dog trace
 *
 * Where dog asks many nodes at once (vdi check), this one asks one after the other: the same
 * questions, and what it makes of the answers is the same.
 *
 * Used by api/. The client's place and its connections are the admin client's (admin.h).
 */
#ifndef SHEEPSIM_CLIENT_DOG_DOG_H
#define SHEEPSIM_CLIENT_DOG_DOG_H

#include "client/admin.h"

/* The exit statuses of dog. */
enum dog_status {
	DOG_OK = 0,
	DOG_FAILED = 1,
	DOG_NO_SHEEP = 2, /* and other failures of what is around it */
	DOG_EXISTS = 3,
	DOG_FULL = 4,
	DOG_MISSING = 5,
	DOG_USAGE = 64,
	DOG_ODD = 255,
};

/* How a run ended. Borrowed for the time of the callback. */
struct dog_end {
	int status;	    /* enum dog_status */
	uint32_t result;    /* SD_RES_* of its last request; NETWORK_ERROR: there was no answer */
	const char *output; /* what it printed, both its outputs */
	struct blob *data; /* what it wrote to its standard output that is no text; NULL: nothing */
};

struct dog_run {
	const struct node_id *via; /* where no -a and -p say otherwise */
	const char *const *words;  /* its arguments, copied */
	size_t nr_words;
	struct blob *input; /* its standard input, borrowed until the start is over; or NULL */
	void (*done)(void *arg, const struct dog_end *end);
	void *arg;
};

/* Starts; done() is never called within this call. */
void dog_run(struct admin *a, const struct dog_run *run);

/*
 * Files that runs write and read, which are kept with the client: the content (borrowed), NULL if
 * there is none; and another one (consumed), NULL for none.
 */
struct blob *dog_file(const struct admin *a, const char *path);
void dog_file_set(struct admin *a, const char *path, struct blob *content);

/* How many snapshots of VDIs there are in what `cluster snapshot save' has written first to a file,
 * and how many objects, with inodes. */
void dog_saved_sizes(const struct blob *file, uint32_t *vdis, uint32_t *objects);

/* Runs that have not ended; requests of theirs that are not answered; has one still to be sent? */
bool dogs_run(const struct admin *a);
unsigned int dogs_requests(const struct admin *a);
bool dogs_stir(const struct admin *a);

/* What has no answer, one line each. */
void dogs_pending_text(const struct admin *a, struct text *t);

/* The command lines that there are, as sheepsim_dog_command() has them. */
const char *dog_command(unsigned int index, const char **usage, const char **about);

#endif
