/* What the implementations of schema/store.h share, and nobody else sees: the table of
 * operations behind `struct store`, and the few definitions that must be one.
 *
 * store.c has checked every argument before an operation is called: windows are in
 * 0..STORE_MAX_US and their unit is sane, UUIDs are well formed, strings that must be
 * there are there, and an operation never runs inside another one's callback. */
#ifndef LATLAS_SCHEMA_STORE_IMPL_H
#define LATLAS_SCHEMA_STORE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/store.h"

/* Moments are in 0..2^62 (the year 148,000), so that sums of two never overflow. */
#define STORE_MAX_US ((int64_t)1 << 62)

struct store_ops {
	void (*close)(struct store *s);
	void (*wait_until)(struct store *s, struct mono until); /* NULL: there is no lock */
	int (*append)(struct store *s, struct store_batch *batches, size_t n, struct err *err);
	int (*fold)(struct store *s, size_t max_batches, size_t *left, struct err *err);
	int (*scan_cells)(struct store *s, const struct store_window *w, store_cell_fn *fn, void *ctx,
	                  struct err *err);
	int (*scan_samples)(struct store *s, int64_t since_us, int64_t until_us, store_sample_fn *fn,
	                    void *ctx, struct err *err);
	int (*scan_audits)(struct store *s, int64_t since_us, int64_t until_us, store_audit_fn *fn, void *ctx,
	                   struct err *err);
	int (*put_places)(struct store *s, const struct store_place *places, size_t n, struct err *err);
	int (*scan_places)(struct store *s, store_place_fn *fn, void *ctx, struct err *err);
	int (*scan_edges)(struct store *s, const struct store_edge_window *w, uint64_t *every, store_edge_fn *fn,
	                  void *ctx, struct err *err);
	int (*totals)(struct store *s, struct store_totals *out, struct err *err);
	int (*prune)(struct store *s, int64_t before_us, size_t max_samples, struct store_pruned *done,
	             bool *more, struct err *err);
	int (*prunable)(struct store *s, int64_t before_us, struct store_pruned *out, struct err *err);
	int (*pruned_until)(struct store *s, int64_t *until_us, struct err *err);
	int (*received_last)(struct store *s, int64_t *received_us, struct err *err);
};

/* First member of each implementation's own struct. */
struct store {
	const struct store_ops *ops;
	bool busy; /* an operation runs */
};

#define STORE_UUID 16

/* The 16 bytes of a UUID's text form; false if it is none. */
bool store_uuid_parse(const char *text, uint8_t out[STORE_UUID]);
/* 37 bytes: 36 lower-case characters and a NUL. */
void store_uuid_format(const uint8_t uuid[STORE_UUID], char out[37]);

/* Is a batch among those that are read, if one in `every` is? By its UUID, so that it is the same
 * whoever asks, and has nothing to do with who sent it and when. */
bool store_edge_reads(const uint8_t uuid[STORE_UUID], uint64_t every);
/* Can a sample of this series say where a target answered from? */
bool store_edge_series(const struct series *s);

/* The timeout under which a batch's samples ran, for cell_add(); 0: not told. */
int64_t store_timeout_us(const struct batch *b);

#endif
