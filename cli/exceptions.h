/*
 * What is not compared of a moment's conversations, besides the bytes that masks name (masks.h):
 * things that come out in one way or another, from run to run of real sheepdog too. Each has its
 * reason; `sheepsim conform --masks' lists them, and a run counts how often each was needed.
 */
#ifndef SHEEPSIM_CLI_EXCEPTIONS_H
#define SHEEPSIM_CLI_EXCEPTIONS_H

/* X(NAME, what is not compared, why) */
#define EXCEPTIONS(X)                                                                              \
	X(NODE_MEMORY, "bytes 0-23 of a cluster event's sender and members",                       \
	  "pointers of the process that made the record")                                          \
	X(EX_MEMBER, "the LEAVE of a node that has left before",                                   \
	  "it is delivered to nobody (R112), and comes if somebody is left to notice the end")     \
	X(EX_MEMBER_LISTED, "a node that has left before, in the members of an event",             \
	  "the local driver keeps it in its own list until its process ends")                      \
	X(MEMBER_ORDER, "the order of an event's members",                                         \
	  "the local driver has them as they joined, nodes sort them")                             \
	X(EFFECT_RESULT, "the result of a notification that was captured as a failure",            \
	  "nodes of the local driver share its memory, and an effect leaves its result there")     \
	X(COMPLETION_ORDER, "the order of the COMPLETE_RECOVERY of one epoch",                     \
	  "each node announces when it is done")                                                   \
	X(OVERTAKEN_COMPLETION, "COMPLETE_RECOVERY of an epoch that is not the moment's last",     \
	  "who is done before the next epoch comes announces it, others do not")                   \
	X(OVERTAKEN_RECOVERY,                                                                      \
	  "lists, hashes, epochs and reads of recovery, if a moment has several epochs",           \
	  "the next epoch stops a run somewhere, and what that has brought is not asked for "      \
	  "again")                                                                                 \
	X(EPOCH_OF_ANSWER, "the epoch in answers of a moment with a new epoch",                    \
	  "it is the node's when it answers, which may be just before or after")                   \
	X(EPOCH_OF_REQUEST, "the epoch of GET_VDI_COPIES and GET_EPOCH",                           \
	  "the new epoch is raised while it is on its way to be sent")                             \
	X(GROWING_TABLE, "which VDIs a node that joins answers to GET_VDI_COPIES",                 \
	  "it takes them over from the others while it is asked")                                  \
	X(GROWING_LIST,                                                                            \
	  "objects in an answer to GET_OBJ_LIST that the node recovers meanwhile, or has "         \
	  "recovered in a moment of several epochs",                                               \
	  "some have come when it is asked, others have not")                                      \
	X(CUT, "what a capture lacks that was cut",                                                \
	  "its file has only the first messages of the moment")

enum exception {
#define X(name, what, why) EXCEPTION_##name,
	EXCEPTIONS(X)
#undef X
		NR_EXCEPTIONS
};

/* Prints the list: as comments of a file of masks. */
void exceptions_print(void);

const char *exception_what(enum exception e);

#endif
