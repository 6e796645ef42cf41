#include "report/archive.h"

int archive_open(struct archive *a, const char *path, struct err *err)
{
	*a = (struct archive){0};
	int rc = store_open_sqlite(&a->store, path, STORE_READ, err);
	if (rc == 0)
		rc = registry_open(&a->registry, path, STORE_READ, err);
	if (rc == 0)
		rc = store_totals(a->store, &a->totals, err);
	return rc;
}

void archive_close(struct archive *a)
{
	if (a->registry != NULL)
		registry_close(a->registry);
	if (a->store != NULL)
		store_close(a->store);
	*a = (struct archive){0};
}
