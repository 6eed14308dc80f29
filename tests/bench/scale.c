/*
 * Many nodes and many objects.
 */
#include <stdio.h>

#include "measure.h"

static const char content[4096] = "the beginning of each object";

static void fill(struct sheepsim *sim, struct sheepsim_client *c, unsigned objects)
{
	struct lap l;

	lap_begin(&l);
	must(sim, sheepsim_vdi_fill(c, "bench", 0, objects, content, sizeof content), "fill");
	lap_end(&l, objects, "objects", "%u objects, 3 copies, filled", objects);
}

/* As clients do it; each waits for the one before. */
static void create(struct sheepsim *sim, struct sheepsim_client *c, unsigned objects)
{
	struct lap l;

	lap_begin(&l);
	for (unsigned i = 0; i < objects; i++)
		must(sim, sheepsim_write(c, "bench", i * OBJECT_SIZE, content, sizeof content),
		     "write");
	lap_end(&l, objects, "objects", "%u objects, 3 copies, written", objects);
}

void bench_join(struct sizes s)
{
	struct sheepsim *sim = cluster(s.n[0], 3, 0);
	struct lap l;

	lap_begin(&l);
	must(sim, sheepsim_node_add(sim, &(struct sheepsim_node){0}), "add");
	must(sim, sheepsim_start(sim, (int)s.n[0]), "start");
	must(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 600 * SHEEPSIM_SECOND), "join");
	lap_end(&l, 1, "nodes", "one more joins, all recover nothing");
	sheepsim_close(sim);
}

void bench_create(struct sizes s)
{
	struct sheepsim *sim = cluster(s.n[0], 3, s.n[1]);

	create(sim, client(sim, 0, s.n[1]), s.n[1]);
	sheepsim_close(sim);
}

void bench_death(struct sizes s)
{
	struct sheepsim *sim;
	struct lap l;

	lap_begin(&l);
	sim = cluster(s.n[0], 3, s.n[1]);
	fill(sim, client(sim, 0, s.n[1]), s.n[1]);
	kill_and_recover(sim, (int)s.n[0] / 2);
	lap_end(&l, 0, "", "all of it");
	sheepsim_close(sim);
}

void bench_deaths(struct sizes s)
{
	struct sheepsim *sim = cluster(s.n[0], 3, s.n[1]);

	create(sim, client(sim, 0, s.n[1]), s.n[1]);
	for (int i = 1; i <= 10; i++)
		kill_and_recover(sim, i * (int)s.n[0] / 11);
	sheepsim_close(sim);
}

void bench_huge(struct sizes s)
{
	struct sheepsim *sim = NULL;
	struct lap l;

	lap_begin(&l);
	must(NULL, sheepsim_open(&sim, &(struct sheepsim_options){.seed = 1, .nodes = s.n[0]}),
	     "open");
	lap_end(&l, s.n[0], "nodes", "%u nodes join, one by one", s.n[0]);
	lap_begin(&l);
	must(sim, sheepsim_kill(sim, (int)s.n[0] / 2), "kill");
	must(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 600 * SHEEPSIM_SECOND), "leave");
	lap_end(&l, 1, "nodes", "one dies before the format");
	lap_begin(&l);
	must(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 3}), "format");
	must(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 600 * SHEEPSIM_SECOND), "format");
	lap_end(&l, s.n[0], "nodes", "format");
	kill_and_recover(sim, (int)s.n[0] / 3);
	sheepsim_close(sim);
}
