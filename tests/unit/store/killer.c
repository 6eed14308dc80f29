#include "killer.h"

#include <assert.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static uint64_t left; /* writes until the end, 0: no end */
static sqlite3_vfs shim, *below;
static const sqlite3_io_methods *real; /* all have the same way to write */

static void count(void)
{
	if (left > 0 && --left == 0)
		raise(SIGKILL);
}

static int shim_write(sqlite3_file *f, const void *bytes, int len, sqlite3_int64 offset)
{
	count();
	return real->xWrite(f, bytes, len, offset);
}

static int shim_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	count();
	return real->xTruncate(f, size);
}

static int shim_sync(sqlite3_file *f, int flags)
{
	(void)f;
	(void)flags;
	return SQLITE_OK;
}

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	int code = below->xOpen(vfs, name, f, flags, out);
	sqlite3_io_methods *methods;

	if (code != SQLITE_OK)
		return code;
	/* the methods of the file, but for the ones that count; they stay until the process ends */
	real = f->pMethods;
	methods = malloc(sizeof(*methods));
	assert(methods);
	*methods = *real;
	methods->xWrite = shim_write;
	methods->xTruncate = shim_truncate;
	methods->xSync = shim_sync;
	f->pMethods = methods;
	return code;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync_directory)
{
	(void)sync_directory;
	count();
	return below->xDelete(vfs, name, 0);
}

void killer_arm(uint64_t n)
{
	int code;

	left = n;
	below = sqlite3_vfs_find(NULL);
	shim = *below;
	shim.zName = "killer";
	shim.xOpen = shim_open;
	shim.xDelete = shim_delete;
	code = sqlite3_vfs_register(&shim, 1);
	assert(code == SQLITE_OK);
}
