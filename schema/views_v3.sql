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

-- One row for each stretch in which audits said the same: `time` the first, `last` the last.
DROP VIEW v_audit;
CREATE VIEW v_audit AS
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', a.t_us / 1e6, 'unixepoch') AS time,
	strftime('%Y-%m-%dT%H:%M:%fZ', ifnull(a.last_us, a.t_us) / 1e6, 'unixepoch') AS last,
	ifnull(a.seen, 1) AS seen, pn.text AS probe, p.country,
	ta.text AS target, no.text AS node, ed.text AS edge, ad.text AS addr, a.status, a.bytes,
	er.text AS error, sh.text AS sha256, et.text AS etag, ch.text AS chain,
	strftime('%Y-%m-%dT%H:%M:%SZ', a.cert_not_before, 'unixepoch') AS cert_from,
	strftime('%Y-%m-%dT%H:%M:%SZ', a.cert_not_after, 'unixepoch') AS cert_until,
	su.text AS cert_subject, ci.text AS cert_issuer, na.text AS cert_names, ce.text AS cert_sha256,
	a.clock_skew_us / 1e6 AS clock_skew_s, tr.text AS target_rev, a.id
FROM audit a
JOIN string pn ON pn.id = a.probe
JOIN string ta ON ta.id = a.target
LEFT JOIN probe p ON p.name = pn.text
LEFT JOIN string tr ON tr.id = a.target_rev
LEFT JOIN string no ON no.id = a.node
LEFT JOIN string ed ON ed.id = a.edge
LEFT JOIN string ad ON ad.id = a.addr
LEFT JOIN string er ON er.id = a.error
LEFT JOIN string sh ON sh.id = a.sha256
LEFT JOIN string et ON et.id = a.etag
LEFT JOIN string ch ON ch.id = a.chain
LEFT JOIN string su ON su.id = a.cert_subject
LEFT JOIN string ci ON ci.id = a.cert_issuer
LEFT JOIN string na ON na.id = a.cert_names
LEFT JOIN string ce ON ce.id = a.cert_sha256;
