-- From version 1 to 2: what the probe's records hold since then. Rows that were there have
-- NULL in the new columns, which is what they mean.

ALTER TABLE batch ADD COLUMN seed TEXT;             -- of the round's order, 16 hexadecimal digits

-- A sample's kind and ECS subnet are its series'.
ALTER TABLE sample ADD COLUMN syn_rtt_us INTEGER;
ALTER TABLE sample ADD COLUMN age_s INTEGER;
ALTER TABLE sample ADD COLUMN cname INTEGER;        -- string: names, a blank between
ALTER TABLE sample ADD COLUMN dns_tries INTEGER;
ALTER TABLE sample ADD COLUMN dns_tcp INTEGER;      -- 1: the answer came over TCP; NULL: no
ALTER TABLE sample ADD COLUMN ecs_scope INTEGER;

ALTER TABLE audit ADD COLUMN target_rev INTEGER REFERENCES string(id);
ALTER TABLE audit ADD COLUMN addr INTEGER REFERENCES string(id);
ALTER TABLE audit ADD COLUMN edge INTEGER REFERENCES string(id);
ALTER TABLE audit ADD COLUMN status INTEGER;
ALTER TABLE audit ADD COLUMN bytes INTEGER;
ALTER TABLE audit ADD COLUMN error INTEGER REFERENCES string(id);
ALTER TABLE audit ADD COLUMN error_phase INTEGER;   -- 1 dns, 2 connection, 3 application
ALTER TABLE audit ADD COLUMN cert_not_before INTEGER; -- seconds since 1970
ALTER TABLE audit ADD COLUMN cert_subject INTEGER REFERENCES string(id);
ALTER TABLE audit ADD COLUMN cert_issuer INTEGER REFERENCES string(id);
ALTER TABLE audit ADD COLUMN cert_names INTEGER REFERENCES string(id);
ALTER TABLE audit ADD COLUMN clock_skew_us INTEGER; -- the server's clock less the probe's

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
	ifnull(s.nth, 0) AS nth, ifnull(s.lagged, 0) AS lagged, b.implausible, b.plan_rev AS plan_rev_id,
	s.id >> 14 AS batch
FROM batch b
JOIN sample s ON s.id BETWEEN b.id << 14 AND (b.id << 14) + 16383
JOIN v_series se ON se.id = s.series
JOIN string pn ON pn.id = b.probe
LEFT JOIN probe p ON p.name = pn.text
LEFT JOIN string ad ON ad.id = s.addr
LEFT JOIN string cn ON cn.id = s.cname
LEFT JOIN string ca ON ca.id = s.cache
LEFT JOIN string er ON er.id = s.error;

CREATE VIEW v_audit AS
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', a.t_us / 1e6, 'unixepoch') AS time, pn.text AS probe, p.country,
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

-- What the DNS answers to whom; `node` is the node that has the address.
CREATE VIEW v_dns AS
SELECT time, probe, country, target, ecs, ecs_scope AS scope, addr, edge AS node, family, resolver, ttl, cname,
	dns_tries, dns_tcp, dns_ms, error
FROM v_sample WHERE kind = 'dns-only';
