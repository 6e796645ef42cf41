#include "collector/progress.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/file.h"
#include "tests/check.h"
#include "tests/unit/collector/scratch.h"

#define WIPE "\r\033[K"

static char path[128];
static int kept;

/* Standard error is the file from here on. */
static void catch(void)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	fflush(stderr);
	kept = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static void let_go(void)
{
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
}

static void caught(struct buf *text)
{
	struct err err = {0};
	buf_free(text);
	CHECK_INT(file_read(path, 1 << 20, text, &err), 0);
}

int main(void)
{
	struct scratch s;
	struct progress p;
	struct buf text = {0};
	scratch_make(&s);
	snprintf(path, sizeof path, "%s/out", s.dir);

	CHECK_CASE("nothing is told within two seconds, nor where there is no terminal");
	catch();
	progress_begin(&p);
	bool terminal = p.terminal;
	p.terminal = true;
	progress_show(&p, "early");
	p.terminal = false;
	p.next = mono_now();
	progress_show(&p, "nobody looks");
	progress_hide(&p);
	let_go();
	CHECK(!terminal); /* a file is none */
	caught(&text);
	CHECK_STR(buf_str(&text), "");

	CHECK_CASE("then a line in place of the one before, and none is left");
	catch();
	p = (struct progress){.next = mono_now(), .terminal = true};
	progress_show(&p, "%d of %d", 1, 9);
	p.next = mono_now(); /* a second later */
	progress_show(&p, "%d of %d", 2, 9);
	p.next = mono_add_us(mono_now(), US_PER_DAY);
	progress_show(&p, "too soon");
	progress_hide(&p);
	progress_hide(&p);
	let_go();
	caught(&text);
	CHECK_STR(buf_str(&text), WIPE "1 of 9" WIPE "2 of 9" WIPE);

	CHECK_CASE("beside a long call: how long, and how large the file is");
	struct progress_watch w;
	struct stat st = {0};
	catch();
	p = (struct progress){.next = mono_now(), .terminal = true};
	progress_watch_begin(&w, &p, "backup", s.dir);
	for (int i = 0; i < 1000 && st.st_size == 0; i++) {
		usleep(10000);
		stat(path, &st);
	}
	progress_watch_end(&w);
	let_go();
	caught(&text);
	CHECK_CONTAINS(buf_str(&text), WIPE "backup: ");
	CHECK_CONTAINS(buf_str(&text), " s, 0.0 MiB");
	CHECK(text.len > 3 && strcmp(buf_str(&text) + text.len - 4, WIPE) == 0);

	CHECK_CASE("one that ends soon is told nothing of");
	catch();
	p = (struct progress){.next = mono_add_us(mono_now(), US_PER_DAY), .terminal = true};
	progress_watch_begin(&w, &p, "vacuum", NULL);
	progress_watch_end(&w);
	let_go();
	caught(&text);
	CHECK_STR(buf_str(&text), "");

	buf_free(&text);
	scratch_remove(&s);
	return check_done();
}
