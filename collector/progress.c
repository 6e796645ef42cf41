#include "collector/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
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

/* ---- beside a long call ------------------------------------------------------------- */

static void tell(const struct progress_watch *w)
{
	long long s = mono_diff_us(w->since, mono_now()) / US_PER_S;
	struct stat st;

	if (w->path != NULL && stat(w->path, &st) == 0)
		progress_show(w->progress, "%s: %lld s, %.1f MiB", w->what, s, (double)st.st_size / 1048576);
	else
		progress_show(w->progress, "%s: %lld s", w->what, s);
}

static void *watch(void *arg)
{
	struct progress_watch *w = arg;

	pthread_mutex_lock(&w->lock);
	while (!w->over) {
		struct timespec at = {.tv_sec = w->progress->next.ns / 1000000000,
		                      .tv_nsec = w->progress->next.ns % 1000000000};
		if (pthread_cond_timedwait(&w->ended, &w->lock, &at) != 0)
			tell(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

void progress_watch_begin(struct progress_watch *w, struct progress *p, const char *what, const char *path)
{
	pthread_condattr_t attr;

	*w = (struct progress_watch){.progress = p, .what = what, .path = path, .since = mono_now()};
	if (!p->terminal)
		return;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->ended, &attr);
	pthread_condattr_destroy(&attr);
	w->running = pthread_create(&w->thread, NULL, watch, w) == 0;
}

void progress_watch_end(struct progress_watch *w)
{
	if (!w->progress->terminal)
		return;
	if (w->running) {
		pthread_mutex_lock(&w->lock);
		w->over = true;
		pthread_cond_signal(&w->ended);
		pthread_mutex_unlock(&w->lock);
		pthread_join(w->thread, NULL);
	}
	pthread_cond_destroy(&w->ended);
	pthread_mutex_destroy(&w->lock);
	progress_hide(w->progress);
}
