/*
 * What the benchmarks share: rows of a table, and a cluster to run on. They use the public API
 * only; they print figures and assert none.
 */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include <stdint.h>

#include <sheepsim/sheepsim.h>

/* The numbers given on the command line, or the benchmark's own. */
struct sizes {
	unsigned n[2];
};

/* The benchmarks, each in a process of its own (bench.c). */
void bench_messages(struct sizes s);
void bench_io(struct sizes s);
void bench_small(struct sizes s);
void bench_join(struct sizes s);
void bench_create(struct sizes s);
void bench_death(struct sizes s);
void bench_deaths(struct sizes s);
void bench_huge(struct sizes s);

/* A step that is being measured: from lap_begin() to lap_end(). */
struct lap {
	double wall, cpu; /* when it began */
};

void lap_begin(struct lap *l);

/*
 * Prints the row of the step: its name (as of printf()), CPU and wall time, the most memory that
 * the process ever had, and how many of what it did in a second of CPU time.
 */
void lap_end(const struct lap *l, double count, const char *unit, const char *name, ...)
	__attribute__((format(printf, 4, 5)));

/* The head of the table, and the machine. */
void print_machine(void);
void print_head(void);

/* Ends the program with the words of the simulation if error is one. */
void must(struct sheepsim *sim, int error, const char *what);

/*
 * So many nodes, formatted with so many copies, each with room for its share of so many objects. It
 * prints a row for the joins.
 */
struct sheepsim *cluster(unsigned nodes, unsigned copies, unsigned objects);

/* A client of a node; the first one makes a VDI "bench" of so many objects. */
struct sheepsim_client *client(struct sheepsim *sim, int node, unsigned objects);

/* Kills a node and runs until all is recovered; prints a row. */
void kill_and_recover(struct sheepsim *sim, int node);

#define OBJECT_SIZE (UINT64_C(4) << 20)

#endif
