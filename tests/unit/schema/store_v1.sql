-- A database of version 1 as that version left it (sqlite3 DB .dump): three samples of which the
-- batch is folded, one that is not, an audit with a header, an enrolled probe.
PRAGMA page_size=8192;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE string(
	id   INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO string VALUES(1,'mumbai-1');
INSERT INTO string VALUES(2,'4d8dcf0b-4a3c-4b40-9d4e-0c5ad2a0f5f4');
INSERT INTO string VALUES(3,'0.1.0');
INSERT INTO string VALUES(4,'0123456789abcdef');
INSERT INTO string VALUES(5,'www');
INSERT INTO string VALUES(6,'00000000000000aa');
INSERT INTO string VALUES(7,'lon');
INSERT INTO string VALUES(8,'cdn');
INSERT INTO string VALUES(9,'cold');
INSERT INTO string VALUES(10,'9.9.9.9');
INSERT INTO string VALUES(11,'2');
INSERT INTO string VALUES(12,'1.3');
INSERT INTO string VALUES(13,'203.0.113.7');
INSERT INTO string VALUES(14,'HIT');
INSERT INTO string VALUES(15,'origin');
INSERT INTO string VALUES(16,'baseline');
INSERT INTO string VALUES(17,'tcp.refused');
INSERT INTO string VALUES(18,'aa');
INSERT INTO string VALUES(19,'"e"');
INSERT INTO string VALUES(20,'bb');
INSERT INTO string VALUES(21,'ok');
INSERT INTO string VALUES(22,'age');
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
INSERT INTO series VALUES(1,5,6,7,7,8,9,4,10,NULL,11,12);
INSERT INTO series VALUES(2,5,6,NULL,7,8,9,4,10,NULL,11,12);
INSERT INTO series VALUES(3,15,6,NULL,NULL,16,9,4,10,NULL,NULL,NULL);
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
INSERT INTO batch VALUES(1,X'9e3779b1000040008000000000000001',X'39653337373962312d303030302d343030302d383030302d3030303030303030',1,2,3,4,1795370400000000,1795370401000000,10000,2,NULL,NULL,NULL,NULL,0,NULL,0,0,3,2,1795370401500000,1795370403000000,21,1);
INSERT INTO batch VALUES(2,X'3c6ef362000040008000000000000002',X'33633665663336322d303030302d343030302d383030302d3030303030303030',1,2,3,4,1795374000000000,1795374001000000,10000,1,NULL,NULL,NULL,NULL,0,NULL,0,0,1,1,1795374000000005,1795374000000005,0,0);
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
INSERT INTO sample VALUES(16384,1500000,1,NULL,NULL,NULL,NULL,7000,120000,121000,125000,360000,119000,35,0,200,51200,60,2,13,14,NULL,NULL);
INSERT INTO sample VALUES(16385,2000000,2,NULL,NULL,NULL,NULL,7000,120000,121000,125000,360000,119000,35,0,200,51200,60,2,13,14,NULL,NULL);
INSERT INTO sample VALUES(16386,3000000,3,NULL,NULL,17,2,7000,NULL,NULL,NULL,NULL,NULL,35,NULL,NULL,NULL,60,2,13,NULL,NULL,NULL);
INSERT INTO sample VALUES(32768,5,2,NULL,NULL,NULL,NULL,7000,120000,121000,125000,360000,119000,35,0,200,51200,60,2,13,14,NULL,NULL);
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
INSERT INTO cell VALUES(1,498714,1,1,0,733164,X'01010100000080ade20400ffff01040001ec0d040001a412040001a612040001ac12040001801404000186140400018e15040001a212040001cc0d04000184140400018c1504000184140400018c1504000180140400018a15');
INSERT INTO cell VALUES(1,498714,2,1,0,733164,X'01010100000080ade20400ffff01040001ec0d040001a412040001a612040001ac12040001801404000186140400018e15040001a212040001cc0d04000184140400018c1504000184140400018c1504000180140400018a15');
INSERT INTO cell VALUES(1,498714,3,1,1,NULL,X'01010101000080ade20401080100');
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
INSERT INTO audit VALUES(1,1,5,7,1795370409000000,18,19,20,21,1797000000);
CREATE TABLE audit_header(
	audit INTEGER NOT NULL REFERENCES audit(id) ON DELETE CASCADE,
	pos   INTEGER NOT NULL,
	name  INTEGER NOT NULL REFERENCES string(id),
	value TEXT,
	PRIMARY KEY (audit, pos)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_header VALUES(1,0,22,'5');
CREATE TABLE probe(
	id           INTEGER PRIMARY KEY,
	name         TEXT NOT NULL UNIQUE,
	country      TEXT,
	city         TEXT,
	lat          REAL,
	lon          REAL,
	asn          TEXT,
	network      TEXT NOT NULL,     -- datacenter, eyeball
	place_source TEXT,              -- enrol, geo; NULL: no place yet
	enrolled_us  INTEGER NOT NULL,
	last_seen_us INTEGER,
	last_version TEXT,
	last_boot    TEXT,
	last_skew_us INTEGER,
	dropped      INTEGER NOT NULL,  -- batches that its spool dropped, in all
	revoked_us   INTEGER
) STRICT;
INSERT INTO probe VALUES(1,'mumbai-1','IN',NULL,NULL,NULL,NULL,'datacenter','enrol',0,NULL,NULL,NULL,NULL,0,NULL);
CREATE TABLE token(
	hash       BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256 of the token
	probe      INTEGER NOT NULL REFERENCES probe(id),
	valid      INTEGER NOT NULL,    -- 1, or 0: no more
	created_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO token VALUES(X'0100000000000000000000000000000000000000000000000000000000000000',1,1,0);
CREATE TABLE plan(
	id           INTEGER PRIMARY KEY,
	rev          TEXT NOT NULL,
	source       TEXT NOT NULL,     -- the operator's text
	json         TEXT NOT NULL,     -- all of it, as schema/plan.c writes it
	published_us INTEGER NOT NULL
) STRICT;
CREATE TABLE counter(
	name  TEXT NOT NULL PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES('token_version',1);
CREATE UNIQUE INDEX series_key ON series(target, ifnull(target_rev, 0), ifnull(node, 0), ifnull(edge, 0),
	role, kind, family, ifnull(resolver, 0), ifnull(ecs, 0), ifnull(http, 0), ifnull(tls, 0));
CREATE INDEX batch_time ON batch(probe, span, first_us, last_us, samples) WHERE first_us IS NOT NULL;
CREATE INDEX batch_unfolded ON batch(probe, first_us, last_us, samples) WHERE folded = 0;
CREATE INDEX audit_key ON audit(probe, target, node, t_us);
CREATE INDEX plan_rev ON plan(rev);
CREATE VIEW v_series AS
SELECT se.id, t.text AS target, n.text AS node, e.text AS edge, ro.text AS role, k.text AS kind,
	se.family, re.text AS resolver, ec.text AS ecs, h.text AS http, tl.text AS tls, tr.text AS target_rev
FROM series se
JOIN string t ON t.id = se.target
JOIN string ro ON ro.id = se.role
JOIN string k ON k.id = se.kind
LEFT JOIN string tr ON tr.id = se.target_rev
LEFT JOIN string n ON n.id = se.node
LEFT JOIN string e ON e.id = se.edge
LEFT JOIN string re ON re.id = se.resolver
LEFT JOIN string ec ON ec.id = se.ecs
LEFT JOIN string h ON h.id = se.http
LEFT JOIN string tl ON tl.id = se.tls;
CREATE VIEW v_sample AS
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', (b.started_us + s.dt_us) / 1e6, 'unixepoch') AS time,
	pn.text AS probe, p.country, se.target, se.node, se.edge, se.role, se.family, ad.text AS addr,
	se.resolver, s.ttl,
	CASE s.dns_cache WHEN 1 THEN 'hit' WHEN 2 THEN 'miss' WHEN 3 THEN 'unknown' END AS dns_cache,
	s.dns_us / 1e3 AS dns_ms, s.tcp_us / 1e3 AS tcp_ms, s.tls_us / 1e3 AS tls_ms,
	s.wait_us / 1e3 AS wait_ms, s.body_us / 1e3 AS body_ms,
	CASE WHEN s.error IS NULL AND s.wait_us IS NOT NULL AND s.body_us IS NOT NULL
		THEN (ifnull(s.dns_us, 0) + ifnull(s.tcp_us, 0) + ifnull(s.tls_us, 0) + s.wait_us
			+ s.body_us) / 1e3
	END AS total_ms,
	s.min_rtt_us / 1e3 AS min_rtt_ms, s.retrans, s.lag_us / 1e3 AS lag_ms, s.status, se.http, se.tls,
	s.bytes, ca.text AS cache, er.text AS error, s.location, ifnull(s.nth, 0) AS nth,
	ifnull(s.lagged, 0) AS lagged, b.implausible, b.plan_rev AS plan_rev_id, s.id >> 14 AS batch
FROM batch b
JOIN sample s ON s.id BETWEEN b.id << 14 AND (b.id << 14) + 16383
JOIN v_series se ON se.id = s.series
JOIN string pn ON pn.id = b.probe
LEFT JOIN probe p ON p.name = pn.text
LEFT JOIN string ad ON ad.id = s.addr
LEFT JOIN string ca ON ca.id = s.cache
LEFT JOIN string er ON er.id = s.error;
CREATE VIEW v_cell AS
SELECT strftime('%Y-%m-%dT%H:00:00Z', c.hour * 3600, 'unixepoch') AS hour, pn.text AS probe, p.country,
	se.target, se.node, se.edge, se.role, se.kind, se.family, se.resolver, se.http, se.tls,
	c.attempts, c.failures, c.total_us / 1e3 AS total_p50_ms, length(c.data) AS bytes
FROM cell c
JOIN v_series se ON se.id = c.series
JOIN string pn ON pn.id = c.probe
LEFT JOIN probe p ON p.name = pn.text;
CREATE VIEW v_batch AS
SELECT b.id, strftime('%Y-%m-%dT%H:%M:%fZ', b.started_us / 1e6, 'unixepoch') AS started,
	strftime('%Y-%m-%dT%H:%M:%fZ', b.received_us / 1e6, 'unixepoch') AS received,
	pn.text AS probe, b.samples, b.succeeded, b.folded, b.implausible, b.skew_us / 1e3 AS skew_ms,
	ve.text AS version, pl.text AS plan_rev, lower(hex(b.uuid)) AS uuid
FROM batch b
JOIN string pn ON pn.id = b.probe
LEFT JOIN string ve ON ve.id = b.version
LEFT JOIN string pl ON pl.id = b.plan_rev;
COMMIT;
PRAGMA application_id=1818326124;
PRAGMA user_version=1;
PRAGMA journal_mode=wal;
