#include "lib/err.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/check.h"

/* What err_print writes on stderr. */
static void capture(const struct err *err, const char *program, int *code, char *out, size_t size)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	*code = err_print(err, program);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	out[fread(out, 1, size - 1, file)] = '\0';
	fclose(file);
}

int main(void)
{
	struct err err = { 0 };

	CHECK_CASE("set: code comes back, text is formatted");
	CHECK_INT(err_set(&err, LAT_CONFIG, "%s:%d: %s", "plan.conf", 3, "unknown key"), 78);
	CHECK_INT(err.code, 78);
	CHECK_STR(err.text, "plan.conf:3: unknown key");

	CHECK_CASE("set without an err still returns the code");
	CHECK_INT(err_set(NULL, LAT_USAGE, "x"), 64);
	CHECK_INT(err_set_errno(NULL, LAT_IOERR, "x"), 74);
	CHECK_INT(err_nomem(NULL), 70);
	CHECK(err_prefix(NULL, "x") != 0);

	CHECK_CASE("set_errno names the reason, as it was at the call");
	errno = ENOENT;
	CHECK_INT(err_set_errno(&err, LAT_NOINPUT, "%s", "a.db"), 66);
	CHECK_STR(err.text, "a.db: No such file or directory");

	CHECK_CASE("prefix stands before, the code stays");
	err_set(&err, LAT_DATAERR, "line 2: not a number");
	CHECK_INT(err_prefix(&err, "%s", "x.csv"), 65);
	CHECK_STR(err.text, "x.csv: line 2: not a number");

	CHECK_CASE("the text is cut at the buffer, not inside a character");
	char longer[2001];
	for (size_t i = 0; i < 2000; i += 2)
		memcpy(longer + i, "\xc3\xa9", 2); /* e acute */
	longer[2000] = '\0';
	err_set(&err, LAT_USAGE, "%s", longer);
	CHECK_INT(strlen(err.text), 1022); /* 1023 bytes fit, the last of which is half a character */
	err_set(&err, LAT_USAGE, "a");
	err_prefix(&err, "%s", longer);
	CHECK_INT(strlen(err.text), 1022);
	err_set(&err, LAT_USAGE, "%s", longer);
	err_prefix(&err, "plan");
	CHECK(strncmp(err.text, "plan: \xc3\xa9", 8) == 0 && strlen(err.text) <= 1023);

	CHECK_CASE("hostile text stays one line");
	err_set(&err, LAT_DATAERR, "bad name \"%s\"", "a\nlatlas: all is well\x1b[2J");
	CHECK_STR(err.text, "bad name \"a latlas: all is well?[2J\"");

	CHECK_CASE("print: one line on stderr, the code comes back");
	char out[256];
	int code;
	err_set(&err, LAT_UNAVAILABLE, "no gnuplot");
	capture(&err, "latlas-report", &code, out, sizeof out);
	CHECK_INT(code, 69);
	CHECK_STR(out, "latlas-report: no gnuplot\n");

	CHECK_CASE("out of memory");
	CHECK_INT(err_nomem(&err), 70);
	CHECK_STR(err.text, "out of memory");
	return check_done();
}
