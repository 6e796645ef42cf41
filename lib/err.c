#include "lib/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/log.h"
#include "lib/text.h"

static void finish(struct err *err, int would_be)
{
	if (would_be >= (int)sizeof err->text)
		err->text[text_cut(err->text, sizeof err->text - 1)] = '\0';
	text_clean(err->text);
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	if (err == NULL)
		return code;
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	err->code = code;
	finish(err, n);
	return code;
}

int err_set_errno(struct err *err, int code, const char *fmt, ...)
{
	int number = errno;
	if (err == NULL)
		return code;
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	if (n >= 0 && n < (int)sizeof err->text) {
		char why[128];
		/* GNU's strerror_r: thread-safe, never fails. */
		n += snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s",
		              strerror_r(number, why, sizeof why));
	}
	err->code = code;
	finish(err, n);
	return code;
}

int err_prefix(struct err *err, const char *fmt, ...)
{
	if (err == NULL)
		return LAT_SOFTWARE;
	char old[sizeof err->text];
	memcpy(old, err->text, sizeof old);
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	if (n >= 0 && n < (int)sizeof err->text)
		n += snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", old);
	finish(err, n);
	return err->code;
}

int err_nomem(struct err *err)
{
	return err_set(err, LAT_SOFTWARE, "out of memory");
}

int err_print(const struct err *err, const char *program)
{
	struct log log;
	log_init(&log, program);
	log_error(&log, "%s", err->text);
	return err->code;
}
