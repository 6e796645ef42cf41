-- From version 3 to 4: the batches that wait to be folded are a table of their own, with all that the
-- fold wants to know of them. It reads no row of `batch` and rewrites none, which took it as long as
-- the samples did.
CREATE TABLE unfolded(
	probe       INTEGER NOT NULL, -- the rest: as in `batch`, which has the same
	batch       INTEGER NOT NULL, -- batch.id
	first_us    INTEGER,
	last_us     INTEGER,
	samples     INTEGER NOT NULL,
	started_us  INTEGER NOT NULL,
	timeout_ms  INTEGER,
	round_ok    INTEGER,
	implausible INTEGER NOT NULL,
	PRIMARY KEY (probe, batch)    -- the order of folding: a probe's cells are written once for many batches
) STRICT, WITHOUT ROWID;
INSERT INTO unfolded
SELECT probe, id, first_us, last_us, samples, started_us, timeout_ms, round_ok, implausible FROM batch WHERE folded = 0;

-- What came last of a probe; the tokens of a probe.
CREATE INDEX batch_probe ON batch(probe);
CREATE INDEX token_probe ON token(probe, valid, until_us);

DROP VIEW v_batch;
DROP INDEX batch_unfolded;
ALTER TABLE batch DROP COLUMN folded;
CREATE VIEW v_batch AS
SELECT b.id, strftime('%Y-%m-%dT%H:%M:%fZ', b.started_us / 1e6, 'unixepoch') AS started,
	strftime('%Y-%m-%dT%H:%M:%fZ', b.received_us / 1e6, 'unixepoch') AS received,
	pn.text AS probe, p.country, b.samples, b.succeeded,
	NOT EXISTS (SELECT 1 FROM unfolded u WHERE u.probe = b.probe AND u.batch = b.id) AS folded,
	ifnull(b.pruned, 0) AS pruned,
	b.implausible, b.skew_us / 1e3 AS skew_ms, b.duration_us / 1e3 AS duration_ms, b.dropped,
	ifnull(b.rejected, 0) AS rejected, re.text AS refused, so.text AS source, ve.text AS version,
	pl.text AS plan_rev,
	lower(hex(b.uuid)) AS uuid
FROM batch b
JOIN string pn ON pn.id = b.probe
LEFT JOIN probe p ON p.name = pn.text
LEFT JOIN string so ON so.id = b.source
LEFT JOIN string ve ON ve.id = b.version
LEFT JOIN string pl ON pl.id = b.plan_rev
LEFT JOIN string re ON re.id = b.refused;

-- The spans that each probe's batches with raw samples have: hopping through the index from one probe, and
-- from one span, to the next.
CREATE VIEW raw_span AS
WITH RECURSIVE who(probe) AS (
	SELECT min(probe) FROM batch INDEXED BY batch_time WHERE first_us IS NOT NULL AND pruned IS NULL
	UNION ALL
	SELECT (SELECT min(probe) FROM batch INDEXED BY batch_time
		WHERE first_us IS NOT NULL AND pruned IS NULL AND probe > who.probe)
	FROM who WHERE probe IS NOT NULL),
kind(probe, span) AS (
	SELECT probe, (SELECT min(span) FROM batch INDEXED BY batch_time
		WHERE first_us IS NOT NULL AND pruned IS NULL AND probe = who.probe)
	FROM who WHERE probe IS NOT NULL
	UNION ALL
	SELECT probe, (SELECT min(span) FROM batch INDEXED BY batch_time
		WHERE first_us IS NOT NULL AND pruned IS NULL AND probe = kind.probe AND span > kind.span)
	FROM kind WHERE span IS NOT NULL)
SELECT probe, span FROM kind WHERE span IS NOT NULL;
