#include "collector/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define FIRST_US (2 * US_PER_S)
#define AGAIN_US US_PER_S

void progress_begin(struct progress *p)
{
	*p = (struct progress){.next = mono_add_us(mono_now(), FIRST_US), .terminal = isatty(STDERR_FILENO)};
}

void progress_show(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	if (!p->terminal || mono_diff_us(p->next, mono_now()) < 0)
		return;
	fputs("\r\033[K", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	p->next = mono_add_us(mono_now(), AGAIN_US);
	p->shown = true;
}

void progress_hide(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
