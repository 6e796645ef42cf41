#include "collector/metrics.h"

#include "tests/check.h"

int main(void)
{
	struct metrics m = {0};
	struct buf out = {0};
	struct probe_row rows[] = {{.name = "a", .last_seen_us = 1795372800123456, .last_skew_us = -2500},
	                           {.name = "never", .last_seen_us = US_NONE, .last_skew_us = STORE_NO_SKEW},
	                           {.name = "gone", .last_seen_us = 1795372800123456, .last_skew_us = -2500,
	                            .revoked = true}};
	const probe_rows list = {.at = rows, .len = 3, .cap = 3};

	CHECK_CASE("counters");
	metrics_count(&m, RESULT_ADDED);
	metrics_count(&m, RESULT_ADDED);
	metrics_count(&m, RESULT_CONFLICT);
	atomic_fetch_add(&m.samples, 40);
	/* One in each of three buckets, a bound is inside, and one above all. */
	metrics_commit(&m, 500);
	metrics_commit(&m, 501);
	metrics_commit(&m, 250000);
	metrics_commit(&m, 3000000);
	metrics_print(&m, &list, &out);
	CHECK_CONTAINS(buf_str(&out), "# TYPE latlas_collector_batches_total counter\n");
	CHECK_CONTAINS(buf_str(&out), "latlas_collector_batches_total{result=\"added\"} 2\n");
	CHECK_CONTAINS(buf_str(&out), "latlas_collector_batches_total{result=\"conflict\"} 1\n");
	CHECK_CONTAINS(buf_str(&out), "latlas_collector_batches_total{result=\"duplicate\"} 0\n");
	CHECK_CONTAINS(buf_str(&out), "latlas_collector_samples_total 40\n");

	CHECK_CASE("the histogram cumulates");
	CHECK_CONTAINS(buf_str(&out), "_bucket{le=\"0.0005\"} 1\n");
	CHECK_CONTAINS(buf_str(&out), "_bucket{le=\"0.001\"} 2\n");
	CHECK_CONTAINS(buf_str(&out), "_bucket{le=\"0.1\"} 2\n");
	CHECK_CONTAINS(buf_str(&out), "_bucket{le=\"0.25\"} 3\n");
	CHECK_CONTAINS(buf_str(&out), "_bucket{le=\"1\"} 3\n");
	CHECK_CONTAINS(buf_str(&out), "_bucket{le=\"+Inf\"} 4\n");
	CHECK_CONTAINS(buf_str(&out), "latlas_collector_commit_seconds_sum 3.251001\n");
	CHECK_CONTAINS(buf_str(&out), "latlas_collector_commit_seconds_count 4\n");

	CHECK_CASE("probes");
	CHECK_CONTAINS(buf_str(&out), "latlas_probe_last_seen_timestamp_seconds{probe=\"a\"} 1795372800.123\n");
	CHECK_CONTAINS(buf_str(&out), "latlas_probe_clock_skew_seconds{probe=\"a\"} -0.002500\n");
	CHECK(strstr(buf_str(&out), "never") == NULL);
	CHECK(strstr(buf_str(&out), "gone") == NULL);
	buf_free(&out);
	return check_done();
}
