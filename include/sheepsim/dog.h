/*
 * dog, sheepdog's tool, by its own command lines: `dog vdi create alpha 16M'. It sends what dog
 * sends, in dog's order, and says what dog says. All subcommands of sheepdog 1.0 that concern nodes
 * are there. Not there, or not as dog has it:
 *
 *   upgrade           converts logs, configuration and inodes off line: no node sees it
 *   nfs, http         are of builds with NFS or HTTP; a default build does not know their requests
 *   trace             its requests are described, its words are not
 *   cluster snapshot  what its files look like inside is not described; they are kept in the
 *                     simulation
 *   vdi tree          how branches look is not captured
 *   vdi check         before 0.9, which had no REPAIR_REPLICA: what it sent is not described, so
 *                     there is none
 *   -T                says nothing: no time that passes is wall time
 *
 * Where all nodes understand an older dog only, it is of that release: it sends that one's words,
 * and lacks what came later. What it printed is not described: that is as in 1.0.
 *
 * Part of the embedding API, and included by its header; the rules for calls are told there.
 */
#ifndef SHEEPSIM_DOG_H
#define SHEEPSIM_DOG_H

#include <sheepsim/sheepsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A command line. Everything in it is copied. */
struct sheepsim_dog {
	const char *const *words; /* "vdi", "create", "alpha", "16M": what follows `dog' */
	size_t nr_words;
	int node;	   /* that is asked, unless -a and -p are among the words; it need not run.
			    * -1: the lowest member */
	const void *input; /* what its standard input has: data of `vdi write', "yes"; or NULL */
	size_t input_len;
};

/* How it ended. Of a blocking call it is valid until the next such call on the simulation. */
struct sheepsim_dog_end {
	int status;	    /* its exit status: 0 success, 1 failure, 2 no sheep, 64 usage, ... */
	uint32_t result;    /* SD_RES_* of its last request; NETWORK_ERROR: there was no answer */
	const char *output; /* what it printed, to either of its outputs */
	const uint8_t
		*data; /* what it wrote that is no text: of vdi read, getattr, backup; or NULL */
	size_t len;
};

/* Runs a command and waits for its end. A status other than 0 is no error of this call. */
SHEEPSIM_API int sheepsim_dog(struct sheepsim *sim, const struct sheepsim_dog *dog,
			      struct sheepsim_dog_end *end);

/* The same without waiting; done() is never called within this call. */
typedef void (*sheepsim_dog_fn)(void *arg, const struct sheepsim_dog_end *end);
SHEEPSIM_API int sheepsim_dog_async(struct sheepsim *sim, const struct sheepsim_dog *dog,
				    sheepsim_dog_fn done, void *arg);

/* The commands that there are: index 0, 1, ..., NULL past the last one. "vdi create"; *usage
 * (may be NULL): what follows it, *about (may be NULL): what it does. */
SHEEPSIM_API const char *sheepsim_dog_command(unsigned int index, const char **usage,
					      const char **about);

#ifdef __cplusplus
}
#endif

#endif
