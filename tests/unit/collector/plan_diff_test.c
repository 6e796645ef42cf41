#include "collector/plan_diff.h"

#include "tests/check.h"

static struct buf lines;

static long long diff(const char *before, const char *after)
{
	struct buf a = {0}, b = {0};
	struct err err = {0};
	size_t n = 0;
	buf_free(&lines);
	buf_adds(&a, before);
	buf_adds(&b, after);
	int rc = plan_diff(&a, &b, &lines, &n, &err);
	buf_free(&a);
	buf_free(&b);
	return rc == 0 ? (long long)n : -rc;
}

int main(void)
{
	static const char one[] =
		"{\"rev\":\"1\",\"objective\":{\"limit_ms\":1000},\"schedule\":{\"families\":[\"ipv4\"]},"
		"\"nodes\":[{\"name\":\"fra\",\"status\":\"live\",\"lat\":50.1},{\"name\":\"lon\",\"status\":\"live\"}]}";

	CHECK_CASE("the same");
	CHECK_INT(diff(one, one), 0);
	CHECK_STR(buf_str(&lines), "");

	CHECK_CASE("order and revision are no difference");
	CHECK_INT(diff(one, "{\"rev\":\"2\",\"nodes\":[{\"name\":\"lon\",\"status\":\"live\"},"
	                    "{\"lat\":50.1,\"name\":\"fra\",\"status\":\"live\"}],"
	                    "\"schedule\":{\"families\":[\"ipv4\"]},\"objective\":{\"limit_ms\":1000}}"), 0);

	CHECK_CASE("values, members, parts");
	CHECK_INT(diff(one, "{\"objective\":{\"limit_ms\":800},"
	                    "\"schedule\":{\"families\":[\"ipv4\",\"ipv6\"],\"samples\":2},"
	                    "\"nodes\":[{\"name\":\"fra\",\"status\":\"draining\"},"
	                    "{\"name\":\"syd\",\"status\":\"live\"}],"
	                    "\"candidates\":[{\"name\":\"sin\"}]}"), 8);
	CHECK_STR(buf_str(&lines), "~ objective: limit_ms: 1000 -> 800\n"
	                           "~ schedule: families: ipv4 -> ipv4, ipv6\n"
	                           "~ schedule: samples: (none) -> 2\n"
	                           "~ node fra: status: live -> draining\n"
	                           "~ node fra: lat: 50.1 -> (none)\n"
	                           "- node lon\n"
	                           "+ node syd\n"
	                           "+ candidate sin\n");

	CHECK_CASE("not JSON");
	CHECK_INT(diff(one, "{"), -LAT_DATAERR);
	buf_free(&lines);
	return check_done();
}
