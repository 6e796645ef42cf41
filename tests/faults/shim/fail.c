#include "tests/faults/shim/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const names[CALLS] = {"write", "sync", "truncate", "open", "rename", "unlink", "malloc"};

static struct {
	int call, how;
	long nth, count;
	const char *folder, *log;
	size_t folder_len;
} spec = {.call = -1};

static atomic_bool armed, disarmed;
static atomic_long calls[CALLS], fired;

void shim_log(const char *why)
{
	char line[400];
	if (spec.log == NULL)
		return;
	int len = snprintf(line, sizeof line, "%s:", why);
	for (int c = 0; c < CALLS; c++)
		len += snprintf(line + len, sizeof line - (size_t)len, " %s %ld", names[c], atomic_load(&calls[c]));
	len += snprintf(line + len, sizeof line - (size_t)len, " failed %ld\n", atomic_load(&fired));
	int fd = (int)syscall(SYS_openat, AT_FDCWD, spec.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd >= 0) {
		syscall(SYS_write, fd, line, (size_t)len);
		syscall(SYS_close, fd);
	}
}

int shim_fail(enum shim_call call)
{
	if (!atomic_load_explicit(&armed, memory_order_relaxed))
		return 0;
	long n = atomic_fetch_add(&calls[call], 1) + 1;
	if ((int)call != spec.call || n < spec.nth || (spec.count > 0 && n >= spec.nth + spec.count)
	    || atomic_load(&disarmed))
		return 0;
	if (atomic_fetch_add(&fired, 1) == 0)
		shim_log("fails");
	return spec.how;
}

void shim_arm(bool on)
{
	if (on)
		atomic_store(&armed, true);
	else if (!atomic_exchange(&disarmed, true))
		shim_log("stops");
}

bool shim_below(const char *path)
{
	char cwd[1024], whole[2048];
	if (spec.folder == NULL || path == NULL)
		return false;
	if (path[0] == '/')
		return strncmp(path, spec.folder, spec.folder_len) == 0;
	if (syscall(SYS_getcwd, cwd, sizeof cwd) <= 0)
		return false;
	snprintf(whole, sizeof whole, "%s/%s", cwd, path);
	return strncmp(whole, spec.folder, spec.folder_len) == 0;
}

void shim_fail_init(void)
{
	char call[16], how[16];
	const char *text = getenv("LATLAS_SHIM_FAIL");
	spec.folder = getenv("LATLAS_SHIM_DIR");
	spec.folder_len = spec.folder == NULL ? 0 : strlen(spec.folder);
	spec.log = getenv("LATLAS_SHIM_LOG");
	if (text != NULL) {
		if (sscanf(text, "%15[a-z]:%15[a-z0-9]:%ld:%ld", call, how, &spec.nth, &spec.count) != 4)
			abort();
		for (int c = 0; c < CALLS; c++)
			if (strcmp(call, names[c]) == 0)
				spec.call = c;
		spec.how = strcmp(how, "short") == 0 ? SHIM_SHORT : atoi(how);
		if (spec.call < 0 || spec.how == 0)
			abort();
	}
	atomic_store(&armed, getenv("LATLAS_SHIM_LATE") == NULL);
}
