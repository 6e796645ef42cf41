#include "lib/option.h"

#include <stdbool.h>
#include <string.h>

static int wrong_long(const char *word, const char *what, struct err *err)
{
	return err_set(err, LAT_USAGE, "%.*s: %s (see --help)", (int)strcspn(word, "="), word, what);
}

/* A short option is told by its first byte alone; the rest of a character follows in one of two words. */
static int wrong_short(char *const argv[], const char *what, struct err *err)
{
	char first = (char)optopt;
	size_t len = 1;
	const char *at = &first;

	if ((first & 0x80) != 0) {
		const char *found = argv[optind] != NULL ? strchr(argv[optind], first) : NULL;
		if (found == NULL)
			found = strchr(argv[optind - 1], first);
		for (at = found != NULL ? found : at; found != NULL && (found[len] & 0xc0) == 0x80; len++)
			;
	}
	return err_set(err, LAT_USAGE, "-%.*s: %s (see --help)", (int)len, at, what);
}

/* Rows that `word` may stand for: as getopt_long(3), by a beginning. */
static size_t rows_of(const char *word, const struct option *longs, const struct option **one)
{
	size_t len = strcspn(word + 2, "="), found = 0;

	for (const struct option *o = longs; o->name != NULL; o++)
		if (strncmp(o->name, word + 2, len) == 0) {
			found++;
			*one = o;
			if (o->name[len] == '\0')
				return 1;
		}
	return found;
}

int option_wrong(int answer, char *const argv[], const struct option *longs, struct err *err)
{
	/* The word that was read last. A short option may lie in the next, in the midst of others: then this one
	 * is an older word, which was right. */
	const char *word = argv[optind - 1];
	bool is_long = strncmp(word, "--", 2) == 0;
	const struct option *row = NULL;

	if (answer == ':')
		return is_long ? wrong_long(word, "needs a value", err) : wrong_short(argv, "needs a value", err);
	size_t rows = is_long ? rows_of(word, longs, &row) : 0;
	if (optopt == 0)
		return wrong_long(word, rows > 1 ? "could be several options" : "no such option", err);
	/* Of a long option with a value that it does not take, optopt is what it stands for, which may look like
	 * an unknown short one. */
	if (rows == 1 && strchr(word, '=') != NULL && row->has_arg == no_argument && row->val == optopt)
		return wrong_long(word, "takes no value", err);
	return wrong_short(argv, "no such option", err);
}
