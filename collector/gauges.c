#include "collector/gauges.h"

#include <inttypes.h>

#include "collector/diskroom.h"

static void gauge(struct buf *out, const char *name, const char *help, int64_t value)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s gauge\n%s %" PRId64 "\n", name, help, name, name, value);
}

static void print_disk(const char *db, struct buf *out)
{
	struct diskroom room;
	if (diskroom_look(db, &room, NULL) != 0)
		return;
	gauge(out, "latlas_collector_disk_free_bytes", "Free on the database's file system.", room.free_bytes);
	gauge(out, "latlas_collector_disk_size_bytes", "Size of the database's file system.", room.size_bytes);
	gauge(out, "latlas_collector_db_bytes", "The database with its write-ahead log.", room.db_bytes);
}

static void print_ends(struct identity *id, struct buf *out)
{
	static const char name[] = "latlas_collector_cert_expiry_timestamp_seconds";
	struct pki_dates d;
	if (id == NULL || !identity_dates(id, &d))
		return;
	buf_addf(out, "# HELP %s When the collector's own certificate, and the CA behind it, end.\n"
	              "# TYPE %s gauge\n%s{cert=\"server\"} %lld\n", name, name, name,
	         (long long)(d.until_us / US_PER_S));
	if (d.ca_until_us != US_NONE)
		buf_addf(out, "%s{cert=\"ca\"} %lld\n", name, (long long)(d.ca_until_us / US_PER_S));
}

void gauges_print(struct collector *c, struct buf *out)
{
	struct writer_load load = writer_load(c->writer);
	buf_addf(out, "# HELP latlas_collector_build_info The version that serves.\n"
	              "# TYPE latlas_collector_build_info gauge\n"
	              "latlas_collector_build_info{version=\"" LATLAS_VERSION "\"} 1\n");
	gauge(out, "latlas_collector_start_timestamp_seconds", "When it began to serve.", c->started_us / US_PER_S);
	gauge(out, "latlas_collector_connections", "Connections that are open.", (int64_t)conns_count(c->conns));
	buf_addf(out, "# HELP latlas_collector_closed_connections_total Connections that were cut off, by why.\n"
	              "# TYPE latlas_collector_closed_connections_total counter\n"
	              "latlas_collector_closed_connections_total{why=\"slow\"} %" PRIu64 "\n"
	              "latlas_collector_closed_connections_total{why=\"room\"} %" PRIu64 "\n",
	         (uint64_t)atomic_load(&c->slow), (uint64_t)atomic_load(&c->evicted));
	gauge(out, "latlas_collector_receiving_bytes", "Bytes of bodies announced, not yet read.",
	      (int64_t)atomic_load(&c->receiving));
	gauge(out, "latlas_collector_queue_batches", "Batches that wait for the writer.", (int64_t)load.batches);
	gauge(out, "latlas_collector_queue_bytes", "Memory of the batches that wait.", (int64_t)load.bytes);
	gauge(out, "latlas_collector_unfolded_batches",
	      "Batches that are not yet in cells; above 10000 not counted further.", (int64_t)load.unfolded);
	print_disk(c->settings.db, out);
	print_ends(c->identity, out);
}

bool gauges_healthy(struct collector *c, struct buf *why)
{
	struct err err = {0};
	struct diskroom room;
	bool well = true;
	if (!writer_healthy(c->writer, &err)) {
		well = false;
		buf_addf(why, "cannot commit: %s\n", err.text);
	}
	if (diskroom_look(c->settings.db, &room, NULL) == 0 && room.nearly_full) {
		well = false;
		buf_addf(why, "the disk is nearly full: %" PRId64 " of %" PRId64 " MiB are free\n",
		         room.free_bytes >> 20, room.size_bytes >> 20);
	}
	return well;
}
