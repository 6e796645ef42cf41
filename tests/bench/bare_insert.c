/* bare_insert FILE [ROWS]: rows a second of the bare insert into a new database; see bare_insert.h. */
#include "tests/bench/bare_insert.h"

#include "lib/num.h"

int main(int argc, char **argv)
{
	struct err err = {0};
	int64_t rows = 500000;
	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: bare_insert FILE [ROWS]\n");
		return LAT_USAGE;
	}
	if (argc == 3 && num_parse_i64(argv[2], "ROWS", 1000, 100000000, &rows, &err) != 0)
		return err_print(&err, "bare_insert");
	printf("%.0f\n", (double)rows / bare_insert(argv[1], rows));
	return 0;
}
