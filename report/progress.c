#include "report/progress.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_S 2

/* What the signal handler may touch. */
static const char *volatile progress_text;
static volatile sig_atomic_t progress_shown;

static void show(int signal_number)
{
	(void)signal_number;
	const char *text = progress_text;
	if (text == NULL)
		return;
	progress_shown = 1;
	/* write(2) is what a handler may use; nothing depends on its success. */
	ssize_t n = write(STDERR_FILENO, text, strlen(text));
	(void)n;
}

void progress_begin(const char *what)
{
	if (!isatty(STDERR_FILENO))
		return;
	struct sigaction action = { .sa_handler = show, .sa_flags = SA_RESTART };
	progress_text = what;
	progress_shown = 0;
	if (sigaction(SIGALRM, &action, NULL) == 0)
		alarm(PATIENCE_S);
}

void progress_end(void)
{
	if (progress_text == NULL)
		return;
	alarm(0);
	progress_text = NULL;
	if (progress_shown) {
		static const char clear[] = "\r\033[K";
		ssize_t n = write(STDERR_FILENO, clear, sizeof clear - 1);
		(void)n;
	}
	progress_shown = 0;
}
