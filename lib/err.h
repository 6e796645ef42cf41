/* Errors: a status that callers must look at, and one line of text for people.
 *
 * Every function that can fail returns int: 0, or the exit code that a program
 * which gives up because of it should end with (sysexits(3) numbers, below).
 * The text says what and where: file, line, key, limit. A library function
 * never prints and never exits; only main() does.
 *
 *     struct err err = {0};
 *     if (plan_load(&plan, path, &err) != 0)
 *         return err_print(&err, "latlas-probe");
 */
#ifndef LATLAS_LIB_ERR_H
#define LATLAS_LIB_ERR_H

#include "lib/attr.h"

enum lat_exit {
	LAT_OK = 0,           /* done, or: yes */
	LAT_NO = 1,           /* the answer is no (gate FAIL, check failed) */
	LAT_INCONCLUSIVE = 2, /* too little to say yes or no */
	LAT_USAGE = 64,       /* the command line is wrong */
	LAT_DATAERR = 65,     /* input data are wrong */
	LAT_NOINPUT = 66,     /* no such input */
	LAT_UNAVAILABLE = 69, /* a service or program that is needed is not there */
	LAT_SOFTWARE = 70,    /* out of memory, or a state that cannot be */
	LAT_IOERR = 74,       /* reading or writing failed */
	LAT_CONFIG = 78       /* a configuration file is wrong */
};

struct err {
	int code; /* one of enum lat_exit; 0: no error */
	char text[1024];
};

/* Set `err` (which may be NULL) to `code` and a formatted line; the text is cut at the
 * size of the buffer, and control characters in it are made harmless. Returns `code`, so
 * that one can `return err_set(...)`. */
int err_set(struct err *err, int code, const char *fmt, ...) LAT_PRINTF(3, 4);

/* The same, with ": strerror(errno)" behind it. */
int err_set_errno(struct err *err, int code, const char *fmt, ...) LAT_PRINTF(3, 4);

/* Put "PREFIX: " before the text that is there. Returns err->code (LAT_SOFTWARE if `err`
 * is NULL, so that a failure stays one). */
int err_prefix(struct err *err, const char *fmt, ...) LAT_PRINTF(2, 3);

/* Out of memory, always the same words. Returns LAT_SOFTWARE. */
int err_nomem(struct err *err);

/* Print "PROGRAM: text\n" on stderr, as lib/log.h prints an error. Returns err->code. */
int err_print(const struct err *err, const char *program);

#endif
