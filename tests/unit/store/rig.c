#include "rig.h"
#include "base/mem.h"
#include "store/database.h"
#include "store/inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	bool sqlite;
	char dir[64];
	char path[128];
	struct database *db;
	uint32_t nr; /* stores that were made */
} rig;

const char *rig_path(const char *name)
{
	snprintf(rig.path, sizeof(rig.path), "%s/%s", rig.dir, name);
	return rig.path;
}

static void open_database(void)
{
	struct text why = {0};

	rig.db = database_open(rig_path("stores"), DATABASE_ANY, true, &why);
	if (!rig.db)
		fprintf(stderr, "%s\n", text_get(&why));
	assert(rig.db);
}

void rig_open(bool sqlite)
{
	const char *tmp = getenv("TMPDIR");
	char *made;

	rig.sqlite = sqlite;
	snprintf(rig.dir, sizeof(rig.dir), "%s/test_store.XXXXXX", tmp ? tmp : "/tmp");
	made = mkdtemp(rig.dir);
	assert(made);
	if (sqlite)
		open_database();
}

void rig_close(void)
{
	database_close(rig.db);
	unlink(rig_path("stores"));
	rmdir(rig.dir);
}

bool rig_is_sqlite(void)
{
	return rig.sqlite;
}

struct store *rig_store(const struct store_disk_config *disks, uint32_t nr)
{
	return rig.sqlite ? store_database_new(rig.db, rig.nr++, disks, nr)
			  : store_memory_new(disks, nr);
}

struct store *rig_copy(const struct store *s)
{
	return rig.sqlite ? store_database_copy(rig.db, rig.nr++, s) : store_memory_copy(s, NULL);
}

struct store *rig_restart(struct store *s)
{
	uint32_t node = s->node;
	bool synced;

	if (!rig.sqlite)
		return s;
	store_close(s);
	synced = database_sync(rig.db);
	assert(synced);
	database_close(rig.db);
	open_database();
	s = store_database_open(rig.db, node);
	if (!s)
		fprintf(stderr, "%s\n", database_error(rig.db));
	assert(s);
	return s;
}
