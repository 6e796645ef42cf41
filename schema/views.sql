-- For people with the sqlite3 shell: names instead of ids, milliseconds, UTC.

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
