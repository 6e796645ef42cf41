/* The command line of latlas-report. */
#ifndef LATLAS_REPORT_REPORT_OPTIONS_H
#define LATLAS_REPORT_REPORT_OPTIONS_H

#include <stdio.h>

#include "report/flags.h"
#include "report/outputs.h"
#include "report/present.h"

struct report_options {
	struct flags flags;
	enum view_by by;
	const char *weights; /* NULL: none */
	const char *out;     /* folder; NULL: the terminal only */
	unsigned formats;    /* enum output_format, as bits */
	bool private;
};

/* Strings are argv's. LAT_USAGE with what is wrong. */
int report_options_parse(struct report_options *o, int argc, char **argv, struct err *err) LAT_MUST_CHECK;
void report_options_help(FILE *out);

#endif
