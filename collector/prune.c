/* latlas-collector prune: raw samples that are old enough are deleted. */
#include <stdio.h>

#include "collector/args.h"
#include "collector/commands.h"
#include "collector/fold_all.h"
#include "collector/settings.h"
#include "lib/clock.h"
#include "schema/store.h"
#include "schema/store_file.h"

#define STEP 20000 /* samples in one transaction: a push waits for no more */

struct prune { const char *keep, *db, *config; bool dry_run, vacuum; };

static int read_options(struct prune *p, int argc, char **argv, struct err *err)
{
	static const struct option table[] = {{"keep", required_argument, NULL, 'k'},
	                                      {"db", required_argument, NULL, 'b'},
	                                      {"config", required_argument, NULL, 'c'},
	                                      {"dry-run", no_argument, NULL, 'n'},
	                                      {"vacuum", no_argument, NULL, 'V'}, {0}};
	int opt;
	args_start();
	while ((opt = args_next(argc, argv, table, err)) != -1) {
		if (opt == '?')
			return err->code;
		if (opt == 'k')
			p->keep = optarg;
		if (opt == 'b')
			p->db = optarg;
		if (opt == 'c')
			p->config = optarg;
		p->dry_run = p->dry_run || opt == 'n';
		p->vacuum = p->vacuum || opt == 'V';
	}
	if (args_none(argc, argv, err) != 0)
		return err->code;
	if (p->keep == NULL)
		return err_set(err, LAT_USAGE, "prune: --keep DURATION is missing (--keep 90d)");
	if (p->dry_run && p->vacuum)
		return err_set(err, LAT_USAGE, "prune: --dry-run and --vacuum exclude each other");
	return 0;
}

static int read_keep(const char *text, int64_t *us, struct err *err)
{
	int rc = duration_parse(text, us, err);
	if (rc == 0 && *us < SETTINGS_KEEP_MIN_S * US_PER_S)
		rc = err_set(err, LAT_USAGE, "%s: the least is 1h", text);
	if (rc != 0)
		err_prefix(err, "prune: --keep");
	return rc;
}

static int dry_run(const char *db, int64_t before_us, const char *before, struct err *err)
{
	struct store *store = NULL;
	struct store_pruned would = {0};
	int rc = store_open_sqlite(&store, db, STORE_READ, err);
	if (rc == 0)
		rc = store_prunable(store, before_us, &would, err);
	if (rc == 0)
		printf("would prune %lld samples of %lld batches from before %s\n", (long long)would.samples,
		       (long long)would.batches, before);
	store_close(store);
	return rc;
}

static int prune(const char *db, int64_t before_us, const char *before, struct err *err)
{
	struct store *store = NULL;
	struct store_pruned done = {0};
	struct progress progress;
	bool more = true;
	progress_begin(&progress);
	int rc = store_open_sqlite(&store, db, STORE_WRITE, err);
	if (rc == 0)
		rc = fold_all(store, &progress, err);
	while (rc == 0 && more) {
		rc = store_prune(store, before_us, STEP, &done, &more, err);
		progress_show(&progress, "pruned %lld samples of %lld batches", (long long)done.samples,
		              (long long)done.batches);
	}
	progress_hide(&progress);
	/* Steps that were taken stay taken, whatever came after them. */
	if (rc == 0 || done.batches > 0)
		printf("pruned %lld samples of %lld batches from before %s\n", (long long)done.samples,
		       (long long)done.batches, before);
	store_close(store);
	return rc;
}

static int vacuum(const char *db, struct err *err)
{
	int64_t before = 0, after = 0;
	struct progress progress;
	struct progress_watch watch;
	progress_begin(&progress);
	progress_watch_begin(&watch, &progress, "vacuum", NULL); /* it grows where only SQLite sees it */
	int rc = store_file_vacuum(db, &before, &after, err);
	progress_watch_end(&watch);
	if (rc == 0)
		printf("%s: %.1f MiB, was %.1f MiB\n", db, (double)after / 1048576, (double)before / 1048576);
	return rc;
}

int prune_main(int argc, char **argv)
{
	struct err err = {0};
	struct prune p = {0};
	char db[ARGS_PATH], before[WALL_TEXT];
	int64_t keep_us = 0;
	int rc = read_options(&p, argc, argv, &err);
	if (rc == 0)
		rc = read_keep(p.keep, &keep_us, &err);
	if (rc == 0)
		rc = args_db(p.db, p.config, db, &err);
	struct wall cut = {wall_now().us - keep_us};
	wall_format(cut, before);
	if (rc == 0)
		rc = p.dry_run ? dry_run(db, cut.us, before, &err) : prune(db, cut.us, before, &err);
	if (rc == 0 && p.vacuum)
		rc = vacuum(db, &err);
	if (rc == 0)
		rc = args_flush(&err);
	return rc == 0 ? 0 : err_print(&err, COLLECTOR_NAME);
}
