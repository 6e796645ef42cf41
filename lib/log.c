#include "lib/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/text.h"

/* systemd.exec(5): JOURNAL_STREAM is "device:inode" of the journal's stream. It is
 * inherited, so whether stderr still is that stream must be compared. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	char *end;
	unsigned long long device = strtoull(stream, &end, 10);
	if (end == stream || *end != ':')
		return false;
	const char *second = end + 1;
	unsigned long long inode = strtoull(second, &end, 10);
	return end != second && *end == '\0' && device == st.st_dev && inode == st.st_ino;
}

void log_init(struct log *log, const char *program)
{
	*log = (struct log){ .program = program, .level = LOG_LEVEL_WARN, .journal = stderr_is_journal() };
}

static void print(const struct log *log, enum log_level level, const char *fmt, va_list ap)
{
	/* syslog(3)'s severities: err, warning, info, debug. */
	static const char severity[] = { '3', '4', '6', '7' };
	if (level > log->level)
		return;
	char line[2048];
	int n = log->journal ? snprintf(line, sizeof line - 1, "<%c>", severity[level])
	                     : snprintf(line, sizeof line - 1, "%s: ", log->program);
	size_t used = n < 0 ? 0 : (size_t)n < sizeof line - 1 ? (size_t)n : sizeof line - 2;
	size_t room = sizeof line - 1 - used; /* one byte is kept for the line's end */
	n = vsnprintf(line + used, room, fmt, ap);
	if (n >= 0 && (size_t)n >= room)
		line[text_cut(line, sizeof line - 2)] = '\0';
	text_clean(line);
	used = strlen(line);
	line[used] = '\n';
	/* One write for one line: several programs may share the terminal. */
	fwrite(line, 1, used + 1, stderr);
}

void log_error(const struct log *log, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	print(log, LOG_LEVEL_ERROR, fmt, ap);
	va_end(ap);
}

void log_warn(const struct log *log, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	print(log, LOG_LEVEL_WARN, fmt, ap);
	va_end(ap);
}

void log_info(const struct log *log, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	print(log, LOG_LEVEL_INFO, fmt, ap);
	va_end(ap);
}

void log_debug(const struct log *log, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	print(log, LOG_LEVEL_DEBUG, fmt, ap);
	va_end(ap);
}
