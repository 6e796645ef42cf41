/* What a command costs: its processor time, memory and duration, with all its descendants.
 *
 *     meter FILE COMMAND [ARG...]   runs it; writes "CPU_US MAXRSS_KIB WALL_US STATUS" into FILE
 *     meter --of PID                prints the processor time that a running process has used, us
 *
 * Descendants that outlive the command are waited for, too (prctl(2), PR_SET_CHILD_SUBREAPER), so
 * that nothing a command leaves to run behind it goes uncounted. MAXRSS_KIB is the largest of any
 * one process (getrusage(2), RUSAGE_CHILDREN); this program is small for that reason: between fork
 * and exec the child counts with its parent's size. STATUS is as in a shell: 128 + signal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long us_of(struct timeval t)
{
	return t.tv_sec * 1000000LL + t.tv_usec;
}

static long long now_us(clockid_t clock)
{
	struct timespec t = {0};
	clock_gettime(clock, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static int print_of(const char *pid)
{
	clockid_t clock;
	if (clock_getcpuclockid((pid_t)atoi(pid), &clock) != 0) {
		fprintf(stderr, "meter: no process %s\n", pid);
		return 1;
	}
	printf("%lld\n", now_us(clock));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--of") == 0)
		return print_of(argv[2]);
	if (argc < 3) {
		fprintf(stderr, "usage: meter FILE COMMAND [ARG...] | --of PID\n");
		return 64;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1L);
	long long from = now_us(CLOCK_MONOTONIC);
	pid_t child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (child < 0) {
		perror("meter: fork");
		return 71;
	}
	int status = 0, result = 0;
	for (pid_t pid; (pid = wait(&status)) > 0;)
		if (pid == child)
			result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	long long wall = now_us(CLOCK_MONOTONIC) - from;
	struct rusage use;
	getrusage(RUSAGE_CHILDREN, &use);
	FILE *out = fopen(argv[1], "w");
	if (out == NULL) {
		perror(argv[1]);
		return 74;
	}
	fprintf(out, "%lld %ld %lld %d\n", us_of(use.ru_utime) + us_of(use.ru_stime), use.ru_maxrss, wall, result);
	return fclose(out) == 0 ? result : 74;
}
