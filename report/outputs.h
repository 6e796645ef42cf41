/* The files of a report: which there are, and writing them into a folder. */
#ifndef LATLAS_REPORT_OUTPUTS_H
#define LATLAS_REPORT_OUTPUTS_H

#include <stdio.h>

#include "lib/file.h"
#include "report/present.h"

enum output_format {
	OUTPUT_HTML = 1, OUTPUT_MARKDOWN = 2, OUTPUT_CSV = 4, OUTPUT_JSON = 8, OUTPUT_SVG = 16,
	OUTPUT_ALL = 31
};

/* "html,md": LAT_USAGE for a name that is none. */
int outputs_parse(const char *list, unsigned *formats, struct err *err) LAT_MUST_CHECK;

/* Make `dir` and write the files, each whole or not at all, and list them on `tell` (may be
 * NULL). If charts can't be drawn all else is written before LAT_UNAVAILABLE comes back.
 * LAT_IOERR: a file could not be written. `ops` may be NULL (lib/file.h). */
int outputs_write(const struct view *v, const char *dir, unsigned formats, const struct file_ops *ops,
                  FILE *tell, struct err *err) LAT_MUST_CHECK;

#endif
