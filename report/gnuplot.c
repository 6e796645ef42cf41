#include "report/gnuplot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/file.h"

#define MAX_STDERR 65536

/* ---- the job ----------------------------------------------------------------------- */

void gnuplot_number(struct gnuplot_job *job, const char *name, double value)
{
	/* With a point, always: gnuplot divides integers as C does. */
	if (isfinite(value))
		buf_addf(&job->numbers, "%s = %.10f\n", name, value);
	else
		buf_addf(&job->numbers, "%s = NaN\n", name);
}

struct buf *gnuplot_file(struct gnuplot_job *job, const char *stem, unsigned number)
{
	struct gnuplot_file *f = vec_add(&job->files);
	if (f == NULL) {
		/* Collect what comes where it does no harm; gnuplot_run() tells. */
		job->failed = true;
		job->numbers.failed = true;
		return &job->numbers;
	}
	if (number == 0)
		snprintf(f->name, sizeof f->name, "%s.dat", stem);
	else
		snprintf(f->name, sizeof f->name, "%s%u.dat", stem, number);
	return &f->data;
}

void gnuplot_free(struct gnuplot_job *job)
{
	for (size_t i = 0; i < job->files.len; i++)
		buf_free(&job->files.at[i].data);
	vec_free(&job->files);
	buf_free(&job->numbers);
}

/* ---- its folder -------------------------------------------------------------------- */

static int make_folder(char *path, size_t size, struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(path, size, "%s/latlas-plot.XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
	if (n < 0 || (size_t)n >= size)
		return err_set(err, LAT_IOERR, "TMPDIR: longer than %zu bytes", size - 20);
	if (mkdtemp(path) == NULL)
		return err_set_errno(err, LAT_IOERR, "%s: cannot make a temporary folder", path);
	return 0;
}

/* It is flat: nothing in it makes folders. */
static void remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

static int put_file(const char *folder, const char *name, const char *a, const char *b, struct err *err)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "wx");
	if (f == NULL)
		return err_set_errno(err, LAT_IOERR, "%s", path);
	bool bad = fputs(a, f) < 0 || fputs(b, f) < 0;
	if (fclose(f) != 0 || bad)
		return err_set_errno(err, LAT_IOERR, "%s", path);
	return 0;
}

/* ---- its process ------------------------------------------------------------------- */

/* In the child. Only calls that are safe between fork and exec. */
static void become_gnuplot(const char *folder, char *const argv[], char *const envp[], int report_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), said = -1;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGALRM, SIG_DFL);
	if (chdir(folder) == 0 && (said = open("stderr", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) >= 0 &&
	    dup2(null, 0) == 0 && dup2(null, 1) == 1 && dup2(said, 2) == 2)
		execvpe(argv[0], argv, envp);
	int why = errno;
	ssize_t n = write(report_fd, &why, sizeof why);
	(void)n; /* nobody is left to be told */
	_exit(127);
}

/* Wait until the time limit, then end the whole group. */
static int wait_for(pid_t pid, unsigned limit_s, int *status, struct err *err)
{
	struct mono end = mono_add_us(mono_now(), limit_s * US_PER_S);
	for (;;) {
		pid_t got = waitpid(pid, status, WNOHANG);
		if (got == pid)
			return 0;
		if (got < 0 && errno != EINTR)
			return err_set_errno(err, LAT_UNAVAILABLE, "gnuplot: waiting for it");
		if (mono_diff_us(mono_now(), end) <= 0)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL); /* it may not have reached setpgid() */
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return err_set(err, LAT_UNAVAILABLE, "gnuplot: not done within %u s", limit_s);
}

static int run(const char *folder, unsigned limit_s, struct err *err)
{
	const char *path = getenv("PATH");
	char env_path[8192], env_home[600];
	snprintf(env_path, sizeof env_path, "PATH=%s", path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
	snprintf(env_home, sizeof env_home, "HOME=%s", folder);
	char *envp[] = { env_path, env_home, (char[]){ "LC_ALL=C.UTF-8" }, NULL };
	char *argv[] = { (char[]){ "gnuplot" }, (char[]){ "-d" }, (char[]){ "chart.gp" }, NULL };
	int report[2], why = 0, status = 0;
	if (pipe2(report, O_CLOEXEC) != 0)
		return err_set_errno(err, LAT_UNAVAILABLE, "gnuplot: pipe");
	/* execvpe() looks PATH up in our own environment, not in envp. */
	pid_t pid = fork();
	if (pid == 0)
		become_gnuplot(folder, argv, envp, report[1]);
	int fork_errno = errno;
	close(report[1]);
	/* The pipe closes when exec succeeds. */
	bool failed = pid > 0 && read(report[0], &why, sizeof why) == (ssize_t)sizeof why;
	close(report[0]);
	if (pid < 0) {
		errno = fork_errno;
		return err_set_errno(err, LAT_UNAVAILABLE, "gnuplot: cannot start a process");
	}
	int rc = wait_for(pid, limit_s, &status, err);
	if (rc != 0)
		return rc;
	if (failed && why == ENOENT)
		return err_set(err, LAT_UNAVAILABLE, "gnuplot: no such program in PATH");
	if (failed) {
		errno = why;
		return err_set_errno(err, LAT_UNAVAILABLE, "gnuplot: cannot start it");
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return err_set(err, LAT_UNAVAILABLE, "gnuplot: ended by signal %d", WTERMSIG(status));
	return err_set(err, LAT_UNAVAILABLE, "gnuplot: ended with status %d", WEXITSTATUS(status));
}

/* What it said on stderr, as one line behind the text that is there. */
static void add_stderr(const char *folder, struct err *err)
{
	char path[512];
	struct buf said = {0};
	snprintf(path, sizeof path, "%s/stderr", folder);
	if (err == NULL || file_read(path, MAX_STDERR, &said, NULL) != 0 || said.len == 0) {
		buf_free(&said);
		return;
	}
	size_t n = 0;
	for (size_t i = 0; i < said.len; i++) {
		char c = said.data[i];
		bool blank = (unsigned char)c <= ' ' || c == 0x7f;
		if (!blank || (n > 0 && said.data[n - 1] != ' '))
			said.data[n++] = blank ? ' ' : c;
	}
	char text[sizeof err->text];
	snprintf(text, sizeof text, "%s", err->text);
	err_set(err, err->code, "%.500s (it said: %.*s)", text, (int)(n < 400 ? n : 400), said.data);
	buf_free(&said);
}

int gnuplot_run(struct gnuplot_job *job, struct buf *svg, struct err *err)
{
	char folder[400], path[512];
	bool failed = job->failed || job->numbers.failed;
	for (size_t i = 0; i < job->files.len; i++)
		failed = failed || job->files.at[i].data.failed;
	if (failed)
		return err_nomem(err);
	int rc = make_folder(folder, sizeof folder, err);
	if (rc != 0)
		return rc;
	rc = put_file(folder, "chart.gp", buf_str(&job->numbers), job->script, err);
	for (size_t i = 0; i < job->files.len && rc == 0; i++)
		rc = put_file(folder, job->files.at[i].name, buf_str(&job->files.at[i].data), "", err);
	if (rc == 0 && (rc = run(folder, job->limit_s != 0 ? job->limit_s : GNUPLOT_LIMIT_S, err)) != 0)
		add_stderr(folder, err);
	if (rc == 0) {
		snprintf(path, sizeof path, "%s/chart.svg", folder);
		rc = file_read(path, GNUPLOT_MAX_SVG, svg, err);
		if (rc == LAT_NOINPUT)
			rc = err_set(err, LAT_UNAVAILABLE, "gnuplot: it drew nothing");
	}
	remove_folder(folder);
	return rc;
}
