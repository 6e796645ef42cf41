/* The command line of latlas-gate. */
#ifndef LATLAS_REPORT_GATE_OPTIONS_H
#define LATLAS_REPORT_GATE_OPTIONS_H

#include <stdio.h>

#include "report/flags.h"

#define GATE_MAX_NAMES 64 /* of each of --add, --remove, --require */

struct gate_names { const char *at[GATE_MAX_NAMES]; size_t len; };

struct gate_options {
	struct flags flags;
	struct gate_names add, remove, require;
	enum policy policy;
	bool json;
};

/* Strings are argv's. LAT_USAGE with what is wrong. */
int gate_options_parse(struct gate_options *o, int argc, char **argv, struct err *err) LAT_MUST_CHECK;
void gate_options_help(FILE *out);

#endif
