-- Version 3's views. As before, for people with the sqlite3 shell: names instead of ids,
-- milliseconds, UTC.

DROP VIEW v_batch;
CREATE VIEW v_batch AS
SELECT b.id, strftime('%Y-%m-%dT%H:%M:%fZ', b.started_us / 1e6, 'unixepoch') AS started,
	strftime('%Y-%m-%dT%H:%M:%fZ', b.received_us / 1e6, 'unixepoch') AS received,
	pn.text AS probe, p.country, b.samples, b.succeeded, b.folded, ifnull(b.pruned, 0) AS pruned,
	b.implausible, b.skew_us / 1e3 AS skew_ms, b.duration_us / 1e3 AS duration_ms, b.dropped,
	ifnull(b.rejected, 0) AS rejected, so.text AS source, ve.text AS version, pl.text AS plan_rev,
	lower(hex(b.uuid)) AS uuid
FROM batch b
JOIN string pn ON pn.id = b.probe
LEFT JOIN probe p ON p.name = pn.text
LEFT JOIN string so ON so.id = b.source
LEFT JOIN string ve ON ve.id = b.version
LEFT JOIN string pl ON pl.id = b.plan_rev;
