/* A folder of its own for a test, gone afterwards, and a database in it. */
#ifndef LATLAS_TESTS_COLLECTOR_SCRATCH_H
#define LATLAS_TESTS_COLLECTOR_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "schema/registry.h"
#include "schema/store.h"

struct scratch { char dir[64], db[96]; };

static inline void scratch_make(struct scratch *s)
{
	snprintf(s->dir, sizeof s->dir, "/tmp/latlas-collector.XXXXXX");
	if (mkdtemp(s->dir) == NULL)
		abort();
	snprintf(s->db, sizeof s->db, "%s/latlas.db", s->dir);
}

static inline struct registry *scratch_registry(struct scratch *s)
{
	struct registry *r = NULL;
	struct err err = {0};
	if (registry_open(&r, s->db, STORE_CREATE, &err) != 0) {
		printf("not ok scratch: %s\n", err.text);
		exit(1);
	}
	return r;
}

static inline void scratch_remove(const struct scratch *s)
{
	static const char *const tails[] = {"latlas.db", "latlas.db-wal", "latlas.db-shm", "a.conf", "out"};
	char path[128];
	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		snprintf(path, sizeof path, "%s/%s", s->dir, tails[i]);
		unlink(path);
	}
	rmdir(s->dir);
}

#endif
