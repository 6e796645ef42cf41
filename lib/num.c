#include "lib/num.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int num_parse_i64(const char *text, const char *what, int64_t min, int64_t max,
                  int64_t *out, struct err *err)
{
	const char *digits = text + (text[0] == '-');
	if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return err_set(err, LAT_USAGE, "%s: \"%.64s\" is not a whole number", what, text);
	errno = 0;
	long long n = strtoll(text, NULL, 10);
	if (errno == ERANGE || n < min || n > max)
		return err_set(err, LAT_USAGE, "%s: %.64s is not in %" PRId64 "..%" PRId64,
		               what, text, min, max);
	*out = n;
	return 0;
}

int num_parse_double(const char *text, const char *what, double min, double max,
                     double *out, struct err *err)
{
	/* strtod takes more than we want: blanks, "inf", "nan", hexadecimal. */
	const char *first = text + (text[0] == '-');
	char *end = NULL;
	double x = 0;
	if ((first[0] >= '0' && first[0] <= '9') || first[0] == '.')
		x = strtod(text, &end);
	if (end == NULL || end == text || *end != '\0' || strpbrk(text, "xX") != NULL)
		return err_set(err, LAT_USAGE, "%s: \"%.64s\" is not a number", what, text);
	if (!isfinite(x) || x < min || x > max)
		return err_set(err, LAT_USAGE, "%s: %.64s is not in %g..%g", what, text, min, max);
	*out = x;
	return 0;
}
