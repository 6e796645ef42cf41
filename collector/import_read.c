/* A file's bytes, to its format's reader, record by record. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/import.h"
#include "collector/import_split.h"
#include "lib/attr.h"

#define JSON_DEPTH 16

struct import_reader {
	struct import *im;
	struct split *split;
};

static const char *const names[] = {
	[IMPORT_GLOBALPING] = "globalping",
	[IMPORT_RIPE_ATLAS] = "ripe-atlas",
	[IMPORT_CURL] = "curl",
	[IMPORT_RTT_CSV] = "rtt-csv",
};
_Static_assert(LAT_COUNT(names) == IMPORT_FORMATS, "every format has a name");

const char *import_format_name(enum import_format f)
{
	return (unsigned)f < IMPORT_FORMATS ? names[f] : "unknown";
}

int import_format_of(const char *name)
{
	for (int i = 0; i < IMPORT_FORMATS; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

void import_leave(struct import *im, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	im->counts.left_out++;
	im->tell(im->ctx, im->file, im->line, why);
}

static int take_json(struct import *im, const char *text, size_t len, struct err *err)
{
	struct arena arena = {0};
	struct json *j;
	struct err why = {0};
	int status = json_parse(&arena, text, len, JSON_DEPTH, "record", &j, &why);

	if (status == LAT_DATAERR) {
		import_leave(im, "%s", why.text);
		status = 0;
	} else if (status != 0) {
		status = err_nomem(err);
	} else if (im->s->format == IMPORT_GLOBALPING) {
		status = import_globalping(im, j, err);
	} else if (im->s->format == IMPORT_RIPE_ATLAS) {
		status = import_atlas(im, j, err);
	} else {
		status = import_curl(im, j, err);
	}
	arena_free(&arena);
	return status;
}

static int take(void *ctx, size_t line, const char *text, size_t len, const char *why, struct err *err)
{
	struct import *im = ctx;

	im->line = line;
	im->counts.records++;
	if (text == NULL) {
		import_leave(im, "%s", why);
		return 0;
	}
	return im->s->format == IMPORT_RTT_CSV ? import_csv(im, text, len, err) : take_json(im, text, len, err);
}

struct import_reader *import_begin(struct import *im, const char *file, int64_t at_us)
{
	struct import_reader *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->im = im;
	r->split = split_new(im->s->format == IMPORT_RTT_CSV ? SPLIT_LINES : SPLIT_JSON, take, im);
	if (r->split == NULL) {
		free(r);
		return NULL;
	}
	im->file = file;
	im->line = 0;
	im->at_us = im->s->at_told ? im->s->at_us : at_us;
	return r;
}

int import_feed(struct import_reader *r, const char *data, size_t len, struct err *err)
{
	return split_feed(r->split, data, len, err);
}

int import_end(struct import_reader *r, struct err *err)
{
	int status = split_end(r->split, err);

	import_csv_end(r->im);
	import_repeats_free(&r->im->repeats);
	split_free(r->split);
	free(r);
	return status;
}
