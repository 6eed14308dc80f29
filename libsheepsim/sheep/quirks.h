/*
 * Quirks: named ways in which a node behaves that somebody could wish were otherwise (D8, D12).
 * Each is on or off, for each node by itself, and may be switched while the node runs.
 *
 * Weak spots of sheepdog 1.0 (section 9 of the behaviour) are on: nodes are as sheepdog is. Off,
 * the weak spot is repaired, in the simplest way that leaves everything else as it is; so a run
 * that fails tells which weak spot it needs. What sheepdog does where sheepsim can do better by its
 * nature, and what sheepdog did once, is off.
 *
 * A node asks quirk() in the few lines where it makes a difference, and nobody else knows of them.
 */
#ifndef SHEEPSIM_SHEEP_QUIRKS_H
#define SHEEPSIM_SHEEP_QUIRKS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The catalogue: X(constant, name, usual, cites, words). cites: the rule that tells of it; words:
 * what nodes do that have it. Those that are usually on come first, by what they cite.
 */
#define QUIRKS(X)                                                                                  \
	X(LATE_CHANGES, "late-changes", true, "R408",                                              \
	  "a CREATE, REMOVE or DECREF is carried out even if the epoch has risen meanwhile")       \
	X(LATE_RECOVERY, "late-recovery", true, "R522",                                            \
	  "recovery jobs store what they have read even if the epoch has risen meanwhile")         \
	X(BOUNCED_HOLDERS, "bounced-holders", true, "R901",                                        \
	  "an object whose last holders have all left is taken for recovered, and not looked for") \
	X(UNEQUAL_REPLICAS, "unequal-replicas", true, "R902",                                      \
	  "replicas that differ after a crash of the whole cluster stay as they are")              \
	X(OLD_CONTENT, "old-content", true, "R903",                                                \
	  "where holders do not answer, recovery takes the content of an older epoch")             \
	X(OWN_COPY_FIRST, "own-copy-first", true, "R903",                                          \
	  "recovery takes a stale copy of its own node without asking other holders")              \
	X(UNEQUAL_WRITES, "unequal-writes", true, "R904",                                          \
	  "a write that some replicas refuse for good stays on the others")                        \
	X(REPEATED_DROPS, "repeated-drops", true, "R905",                                          \
	  "a reference is dropped twice, or not at all, when that is tried again")                 \
	X(CANCEL_ANNOUNCES, "cancel-announces", true, "R906",                                      \
	  "a run that the guard against full disks cancels is announced as completed")             \
	X(EPOCH_CHECKPOINTS, "epoch-checkpoints", true, "R907",                                    \
	  "joiners without an epoch between them share, and free, one checkpoint of locks")        \
	X(PARTIAL_LIST, "partial-list", true, "R908",                                              \
	  "a run that did not get the object lists of all members announces completion")           \
	X(REMOVED_LISTED, "removed-listed", true, "R909",                                          \
	  "who has held an object goes on listing it when it has been removed")                    \
	X(RECOVERY_REPLACES, "recovery-replaces", true, "R910",                                    \
	  "a recovery job puts what it has read in the place of what was written meanwhile")       \
	X(UNWRITTEN_CREATE, "unwritten-create", true, "R910",                                      \
	  "a CREATE succeeds without writing while another one of the object is under way")        \
	X(FAILED_ANNOUNCES, "failed-announces", true, "R911",                                      \
	  "a run that could not recover objects announces completion")                             \
	X(STALE_AFTER_STOP, "stale-after-stop", true, "R912",                                      \
	  "after a restart nobody announces again, and stale copies stay")                         \
	X(FAILED_JOIN, "failed-join", true, "R913",                                                \
	  "a joiner that does not fit is accepted, finds out and ends: two epochs")                \
	X(KILLED_SPREADS, "killed-spreads", true, "R914",                                          \
	  "who joins through a node that is being killed is killed, and all others too")           \
	X(TALLY_OUTLIVES_FORMAT, "tally-outlives-format", true, "R915",                            \
	  "a format leaves the tally of completed recoveries of the former life")                  \
	X(ENDLESS_RETRIES, "endless-retries", true, "R916",                                        \
	  "what fails for the moment is tried again at once, and for ever")                        \
	X(OWN_REPLICA_WAIT, "own-replica-wait", true, "R917",                                      \
	  "a read waits for the gateway's own replica, though others have the object")             \
	X(STALE_PILES, "stale-piles", true, "R918",                                                \
	  "each epoch adds a stale copy of an object, and none goes while epochs go on")           \
	X(EXACT_TALLY, "exact-tally", true, "R919",                                                \
	  "one announcement of completion too many, and stale copies are never removed")           \
	X(SHORT_STRIPES, "short-stripes", true, "R920",                                            \
	  "a short write at the beginning of a coded stripe zeroes the rest of it")                \
	X(NO_PARITY, "no-parity", true, "R920",                                                    \
	  "with fewer zones than strips no parity is written, where there is room or not")         \
	X(MIXED_STRIPS, "mixed-strips", true, "R920",                                              \
	  "recovery puts strips together whatever epochs they are of")                             \
	X(PLAIN_STRIPS, "plain-strips", true, "R921",                                              \
	  "journal replay takes strips for whole objects, as it does not know their index")        \
	X(REPLAY_ABORTS, "replay-aborts", true, "R921",                                            \
	  "a node does not start if its journal patches an object that is not there")              \
	X(DEAD_LOCKS, "dead-locks", true, "R922", "normal locks outlive the node that holds them") \
	X(LOST_SESSION, "lost-session", true, "R923",                                              \
	  "cluster operations that are pending when a session is lost are completed here only")    \
	X(FORMAT_RACE, "format-race", true, "R924",                                                \
	  "a gateway fails to format if it asks a data node that has not formatted yet")           \
	X(GATEWAYS_EXIT, "gateways-exit", true, "R924",                                            \
	  "gateways end when they are the only members that are left")                             \
	X(STALE_READ, "stale-read", true, "R925",                                                  \
	  "a read finds what has been set aside since it was admitted, and takes it for current")  \
	X(WIPED_REFERENCES, "wiped-references", true, "R926",                                      \
	  "a write to an index wipes the references of entries that it does not change")           \
	X(RECYCLED_NAMES, "recycled-names", true, "R927",                                          \
	  "with recycling, a name of which a snapshot is left cannot be used again")               \
	X(RECYCLED_LEFTOVERS, "recycled-leftovers", true, "R927",                                  \
	  "data that is left of a recycled VDI stays for ever")                                    \
	X(SILENT_JOIN, "silent-join", false, "R209",                                               \
	  "it says nothing of its versions when it joins, and looks at nobody's")                  \
	X(UNEXPANDED_READS, "unexpanded-reads", false, "R412",                                     \
	  "a gateway of 0.7 answers with what it has read of another node as that was trimmed")    \
	X(NO_DISCARD, "no-discard", false, "R401",                                                 \
	  "DISCARD_OBJ and DEL_VDI are not known, as before 0.6")                                  \
	X(LOCKS_ALWAYS, "locks-always", false, "R624",                                             \
	  "VDIs are locked whatever the cluster was formatted with, as in 0.9.0 and 0.9.1")

enum quirk {
#define X(constant, name, usual, cites, words) QUIRK_##constant,
	QUIRKS(X)
#undef X
		NR_QUIRKS
};

/* Which are on. */
struct quirks {
	bool on[NR_QUIRKS];
};

struct quirk_info {
	const char *name;
	bool usual;
	const char *cites, *words;
};

const struct quirk_info *quirk_info(enum quirk q);

/* As it is where nothing else is said: the profile "upstream". */
extern const struct quirks quirks_usual;

/*
 * Changes q by a list of words with commas or blanks between them, from left to right: a name
 * switches on, a name behind "-" off; a profile is a set of all: "upstream", or "repaired" (all
 * off). Returns false, with the reason in why (len bytes) and nothing changed, if a word is none of
 * these.
 */
bool quirks_change(struct quirks *q, const char *words, char *why, size_t len);

/* Words that make these of the usual ones: what quirks_change() takes. */
struct text;
void quirks_words(const struct quirks *q, struct text *t);

#endif
