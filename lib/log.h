/* Messages on stderr, one line each: "PROGRAM: text". The level is the program's, passed
 * down. Under systemd (JOURNAL_STREAM is set and names what stderr is) lines are "<N>text"
 * as in sd-daemon(3): the journal knows the program. A line is cut at 2 KiB, and control
 * characters in it are made harmless. */
#ifndef LATLAS_LIB_LOG_H
#define LATLAS_LIB_LOG_H

#include <stdbool.h>

#include "lib/attr.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log {
	const char *program;
	enum log_level level; /* what is printed: this and more severe */
	bool journal;
};

/* level WARN; -v raises it by one, twice by two. */
void log_init(struct log *log, const char *program);
void log_error(const struct log *log, const char *fmt, ...) LAT_PRINTF(2, 3);
void log_warn(const struct log *log, const char *fmt, ...) LAT_PRINTF(2, 3);
void log_info(const struct log *log, const char *fmt, ...) LAT_PRINTF(2, 3);
void log_debug(const struct log *log, const char *fmt, ...) LAT_PRINTF(2, 3);

#endif
