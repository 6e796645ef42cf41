-- The store's tables. Times are microseconds since 1970 (UTC), durations microseconds,
-- absent is NULL. Text that repeats is interned in `string`; a column that holds such an
-- id is named for what it means and references string(id).

CREATE TABLE string(
	id   INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE
) STRICT;

-- What may be merged. An index on plain columns would take two NULLs for different
-- values, so the unique key is on expressions; no id is 0.
CREATE TABLE series(
	id         INTEGER PRIMARY KEY,
	target     INTEGER NOT NULL REFERENCES string(id),
	target_rev INTEGER REFERENCES string(id),
	node       INTEGER REFERENCES string(id),
	edge       INTEGER REFERENCES string(id),
	role       INTEGER NOT NULL REFERENCES string(id),
	kind       INTEGER NOT NULL REFERENCES string(id),
	family     INTEGER NOT NULL,
	resolver   INTEGER REFERENCES string(id),
	ecs        INTEGER REFERENCES string(id),
	http       INTEGER REFERENCES string(id),
	tls        INTEGER REFERENCES string(id)
) STRICT;
CREATE UNIQUE INDEX series_key ON series(target, ifnull(target_rev, 0), ifnull(node, 0), ifnull(edge, 0),
	role, kind, family, ifnull(resolver, 0), ifnull(ecs, 0), ifnull(http, 0), ifnull(tls, 0));

-- One row a batch. Its UUID is the one key by which anything is found to be there already.
CREATE TABLE batch(
	id          INTEGER PRIMARY KEY,
	uuid        BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
	digest      BLOB NOT NULL CHECK (length(digest) = 32), -- SHA-256 of what was sent
	probe       INTEGER NOT NULL REFERENCES string(id),
	boot        INTEGER REFERENCES string(id),
	version     INTEGER REFERENCES string(id),
	plan_rev    INTEGER REFERENCES string(id),
	started_us  INTEGER NOT NULL,
	received_us INTEGER NOT NULL,
	timeout_ms  INTEGER,
	round_ok    INTEGER,           -- successes of the whole round, as told
	cpu_us      INTEGER,
	rss_kib     INTEGER,
	duration_us INTEGER,
	skew_us     INTEGER,           -- the probe's clock less the collector's
	dropped     INTEGER,
	refused     INTEGER REFERENCES string(id),
	unknown     INTEGER NOT NULL,  -- keys that the decoder did not know
	implausible INTEGER NOT NULL,  -- 1: the clock was; samples are kept, not folded
	samples     INTEGER NOT NULL,
	succeeded   INTEGER NOT NULL,  -- of these samples
	first_us    INTEGER,           -- of its samples' starts; NULL: it has none
	last_us     INTEGER,
	span        INTEGER,           -- bits of last_us - first_us: last_us - first_us < 1 << span
	folded      INTEGER NOT NULL   -- 1: its samples are in `cell`
) STRICT;

-- Batches of a probe by time. An interval overlaps a window if it begins before the
-- window's end and after its start less the interval's length; `span` bounds the length,
-- so that a window is found by a short range for each span there is.
CREATE INDEX batch_time ON batch(probe, span, first_us, last_us, samples) WHERE first_us IS NOT NULL;
CREATE INDEX batch_unfolded ON batch(probe, first_us, last_us, samples) WHERE folded = 0;

-- Raw samples. No index and no foreign keys: both would double the cost of a row. The
-- key is batch.id * 16384 + position in the batch. What the fold reads comes first.
CREATE TABLE sample(
	id          INTEGER PRIMARY KEY,
	dt_us       INTEGER NOT NULL,  -- start, less the batch's started_us
	series      INTEGER NOT NULL,
	nth         INTEGER,           -- NULL: 0, the first of its target and node in the round
	lagged      INTEGER,           -- 1: the loop lagged beyond the bound; NULL: no
	error       INTEGER,           -- string: Network Error Logging's type
	error_phase INTEGER,           -- 1 dns, 2 connection, 3 application
	dns_us      INTEGER,
	tcp_us      INTEGER,
	tls_us      INTEGER,
	wait_us     INTEGER,
	body_us     INTEGER,
	min_rtt_us  INTEGER,
	lag_us      INTEGER,
	retrans     INTEGER,
	status      INTEGER,
	bytes       INTEGER,
	ttl         INTEGER,
	dns_cache   INTEGER,           -- 1 hit, 2 miss, 3 unknown
	addr        INTEGER,           -- string
	cache       INTEGER,           -- string
	seq         INTEGER,           -- NULL: equals the position
	location    TEXT
) STRICT;

-- One probe x one series x one hour (hours since 1970). `data` is schema/cell.c's; the
-- columns before it repeat a little of it for people.
CREATE TABLE cell(
	probe    INTEGER NOT NULL REFERENCES string(id),
	hour     INTEGER NOT NULL,
	series   INTEGER NOT NULL REFERENCES series(id),
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	total_us INTEGER,              -- median of `total`
	data     BLOB NOT NULL,
	PRIMARY KEY (probe, hour, series)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit(
	id             INTEGER PRIMARY KEY,
	probe          INTEGER NOT NULL REFERENCES string(id),
	target         INTEGER NOT NULL REFERENCES string(id),
	node           INTEGER REFERENCES string(id),
	t_us           INTEGER NOT NULL,
	sha256         INTEGER REFERENCES string(id),
	etag           INTEGER REFERENCES string(id),
	cert_sha256    INTEGER REFERENCES string(id),
	chain          INTEGER REFERENCES string(id),
	cert_not_after INTEGER         -- seconds since 1970
) STRICT;
CREATE INDEX audit_key ON audit(probe, target, node, t_us);

CREATE TABLE audit_header(
	audit INTEGER NOT NULL REFERENCES audit(id) ON DELETE CASCADE,
	pos   INTEGER NOT NULL,
	name  INTEGER NOT NULL REFERENCES string(id),
	value TEXT,
	PRIMARY KEY (audit, pos)
) STRICT, WITHOUT ROWID;
