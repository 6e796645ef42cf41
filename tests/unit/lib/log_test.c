#include "lib/log.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/check.h"

/* Stderr goes into a file between begin and end; end reads it. */
struct capture { FILE *file; int saved; char text[4096]; };

static void begin(struct capture *c)
{
	c->file = tmpfile();
	c->saved = dup(STDERR_FILENO);
	dup2(fileno(c->file), STDERR_FILENO);
}

static const char *end(struct capture *c)
{
	fflush(stderr);
	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	rewind(c->file);
	c->text[fread(c->text, 1, sizeof c->text - 1, c->file)] = '\0';
	fclose(c->file);
	return c->text;
}

static void all_levels(const struct log *log)
{
	log_error(log, "e %d", 1);
	log_warn(log, "w");
	log_info(log, "i");
	log_debug(log, "d");
}

int main(void)
{
	struct capture c;
	struct log log;
	unsetenv("JOURNAL_STREAM");

	CHECK_CASE("warnings and errors by default");
	begin(&c);
	log_init(&log, "latlas-probe");
	all_levels(&log);
	CHECK_STR(end(&c), "latlas-probe: e 1\nlatlas-probe: w\n");

	CHECK_CASE("each -v shows one more");
	begin(&c);
	log.level++;
	log_info(&log, "i");
	log_debug(&log, "d");
	log.level++;
	log_debug(&log, "dd");
	CHECK_STR(end(&c), "latlas-probe: i\nlatlas-probe: dd\n");

	CHECK_CASE("under systemd lines carry their severity");
	begin(&c);
	struct stat st;
	char stream[64];
	fstat(STDERR_FILENO, &st);
	snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)st.st_dev,
	         (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_init(&log, "latlas-collector");
	log.level = LOG_LEVEL_DEBUG;
	all_levels(&log);
	CHECK_STR(end(&c), "<3>e 1\n<4>w\n<6>i\n<7>d\n");

	CHECK_CASE("a stream that is inherited but not ours is none");
	static const char *const other[] = { "1:1", "", "x", "9:", ":9" };
	for (size_t i = 0; i < LAT_COUNT(other); i++) {
		setenv("JOURNAL_STREAM", other[i], 1);
		begin(&c);
		log_init(&log, "p");
		log_warn(&log, "w");
		CHECK_STR(end(&c), "p: w\n");
	}
	unsetenv("JOURNAL_STREAM");

	CHECK_CASE("a message is one line, whatever is in it");
	begin(&c);
	log_init(&log, "p");
	log_warn(&log, "name \"%s\"", "a\np: forged\x1b[0m");
	CHECK_STR(end(&c), "p: name \"a p: forged?[0m\"\n");

	CHECK_CASE("a long message is cut and still ends its line");
	char longer[5000];
	memset(longer, 'y', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	begin(&c);
	log_warn(&log, "%s", longer);
	end(&c);
	CHECK_INT(strlen(c.text), 2047);
	CHECK(strncmp(c.text, "p: yyy", 6) == 0 && strcmp(c.text + 2045, "y\n") == 0);
	return check_done();
}
