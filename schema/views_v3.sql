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

-- As before, with the plan's revision instead of its id, and the format of what was imported.
DROP VIEW v_sample;
CREATE VIEW v_sample AS
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', (b.started_us + s.dt_us) / 1e6, 'unixepoch') AS time,
	pn.text AS probe, p.country, se.target, se.node, se.edge, se.role, se.kind, se.family, ad.text AS addr,
	se.resolver, s.ttl,
	CASE s.dns_cache WHEN 1 THEN 'hit' WHEN 2 THEN 'miss' WHEN 3 THEN 'unknown' END AS dns_cache,
	cn.text AS cname, s.dns_tries, ifnull(s.dns_tcp, 0) AS dns_tcp, se.ecs, s.ecs_scope,
	s.dns_us / 1e3 AS dns_ms, s.tcp_us / 1e3 AS tcp_ms, s.tls_us / 1e3 AS tls_ms,
	s.wait_us / 1e3 AS wait_ms, s.body_us / 1e3 AS body_ms,
	CASE WHEN s.error IS NULL AND s.wait_us IS NOT NULL AND s.body_us IS NOT NULL
		THEN (ifnull(s.dns_us, 0) + ifnull(s.tcp_us, 0) + ifnull(s.tls_us, 0) + s.wait_us
			+ s.body_us) / 1e3
	END AS total_ms,
	s.min_rtt_us / 1e3 AS min_rtt_ms, s.syn_rtt_us / 1e3 AS syn_rtt_ms, s.retrans, s.lag_us / 1e3 AS lag_ms,
	s.status, se.http, se.tls, s.bytes, ca.text AS cache, s.age_s, er.text AS error, s.location,
	ifnull(s.nth, 0) AS nth, ifnull(s.lagged, 0) AS lagged, b.implausible, so.text AS source,
	pl.text AS plan_rev, s.id >> 14 AS batch
FROM batch b
JOIN sample s ON s.id BETWEEN b.id << 14 AND (b.id << 14) + 16383
JOIN v_series se ON se.id = s.series
JOIN string pn ON pn.id = b.probe
LEFT JOIN probe p ON p.name = pn.text
LEFT JOIN string so ON so.id = b.source
LEFT JOIN string pl ON pl.id = b.plan_rev
LEFT JOIN string ad ON ad.id = s.addr
LEFT JOIN string cn ON cn.id = s.cname
LEFT JOIN string ca ON ca.id = s.cache
LEFT JOIN string er ON er.id = s.error;

CREATE VIEW v_probe AS
SELECT p.name, p.country, p.city, p.network, p.place_source AS place_by, p.asn,
	strftime('%Y-%m-%dT%H:%M:%SZ', p.last_seen_us / 1e6, 'unixepoch') AS last_seen,
	p.last_version AS version, round(p.last_skew_us / 1e6, 3) AS skew_s, p.dropped, p.rejected,
	strftime('%Y-%m-%dT%H:%M:%SZ', p.cloned_us / 1e6, 'unixepoch') AS cloned, p.source,
	CASE WHEN p.revoked_us IS NOT NULL THEN 'revoked'
	ELSE (SELECT CASE count(*) WHEN 0 THEN 'none' WHEN 1 THEN 'valid' ELSE 'rotating' END
		FROM token t WHERE t.probe = p.id AND t.valid = 1
			AND (t.until_us IS NULL OR t.until_us > strftime('%s', 'now') * 1000000))
	END AS token,
	strftime('%Y-%m-%dT%H:%M:%SZ', p.enrolled_us / 1e6, 'unixepoch') AS enrolled
FROM probe p;

-- The newest revision has the last time; one that was published again has two rows.
CREATE VIEW v_plan AS
SELECT rev, strftime('%Y-%m-%dT%H:%M:%SZ', published_us / 1e6, 'unixepoch') AS published,
	id = (SELECT max(id) FROM plan) AS newest, length(source) AS bytes
FROM plan;
