-- The store's statements, one behind each name. A parameter's name says what it is.

-- name: string_find
SELECT id FROM string WHERE text = ?1;

-- name: string_add
INSERT INTO string(text) VALUES (?1);

-- name: string_text
SELECT text FROM string WHERE id = ?1;

-- name: series_find
SELECT id FROM series WHERE target = ?1 AND ifnull(target_rev, 0) = ifnull(?2, 0)
	AND ifnull(node, 0) = ifnull(?3, 0) AND ifnull(edge, 0) = ifnull(?4, 0) AND role = ?5 AND kind = ?6
	AND family = ?7 AND ifnull(resolver, 0) = ifnull(?8, 0) AND ifnull(ecs, 0) = ifnull(?9, 0)
	AND ifnull(http, 0) = ifnull(?10, 0) AND ifnull(tls, 0) = ifnull(?11, 0);

-- name: series_add
INSERT INTO series(target, target_rev, node, edge, role, kind, family, resolver, ecs, http, tls)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11);

-- name: series_get
SELECT target, target_rev, node, edge, role, kind, family, resolver, ecs, http, tls FROM series WHERE id = ?1;

-- name: batch_find
SELECT digest FROM batch WHERE uuid = ?1;

-- name: batch_add
INSERT INTO batch(uuid, digest, probe, boot, version, plan_rev, started_us, received_us, timeout_ms, round_ok,
	cpu_us, rss_kib, duration_us, skew_us, dropped, refused, unknown, implausible, samples, succeeded,
	first_us, last_us, span, seed, source, rejected)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
		?21, ?22, ?23, ?24, ?25, ?26);

-- name: batch_get
SELECT uuid, probe, boot, version, plan_rev, started_us, timeout_ms, round_ok, cpu_us, rss_kib, duration_us,
	dropped, refused, unknown, implausible, samples, seed, rejected, source, pruned FROM batch WHERE id = ?1;

-- name: unfolded_add
INSERT INTO unfolded(probe, batch, first_us, last_us, samples, started_us, timeout_ms, round_ok, implausible)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9);

-- name: unfolded_first
SELECT batch, samples, probe, started_us, timeout_ms, round_ok, implausible FROM unfolded
ORDER BY probe, batch LIMIT ?1;

-- name: unfolded_done
-- All up to this one.
DELETE FROM unfolded WHERE (probe, batch) <= (?1, ?2);

-- name: unfolded_count
-- Not beyond ?1.
SELECT count(*) FROM (SELECT 1 FROM unfolded LIMIT ?1);

-- name: batch_totals
-- From when to when: by clocks that are believed.
SELECT count(*), ifnull(sum(samples), 0), min(iif(implausible, NULL, first_us)), max(iif(implausible, NULL, last_us))
FROM batch;

-- name: batch_in_window
-- Every batch with a sample that may lie in [since, until), in the order of batches: for each
-- probe, for each span it has, those that begin early enough and not too early.
SELECT b.id FROM raw_span kind CROSS JOIN batch b INDEXED BY batch_time
	ON b.probe = kind.probe AND b.span = kind.span
	AND b.pruned IS NULL
	AND b.first_us > ?1 - (1 << kind.span) AND b.first_us < ?2
WHERE b.last_us >= ?1 ORDER BY b.id;

-- name: batch_of_probe
-- The same for one probe, in no order; its spans as in raw_span.
WITH RECURSIVE kind(span) AS (
	SELECT min(span) FROM batch INDEXED BY batch_time WHERE first_us IS NOT NULL AND pruned IS NULL AND probe = ?3
	UNION ALL
	SELECT (SELECT min(span) FROM batch INDEXED BY batch_time
		WHERE first_us IS NOT NULL AND pruned IS NULL AND probe = ?3 AND span > kind.span)
	FROM kind WHERE span IS NOT NULL)
SELECT b.id, b.samples, b.first_us, b.last_us FROM kind CROSS JOIN batch b INDEXED BY batch_time
	ON b.probe = ?3 AND b.span = kind.span
	AND b.pruned IS NULL AND b.first_us > ?1 - (1 << kind.span) AND b.first_us < ?2
WHERE b.last_us >= ?1;

-- name: unfolded_of_probe
SELECT batch, samples, first_us, last_us FROM unfolded
WHERE probe = ?3 AND first_us < ?2 AND last_us >= ?1;

-- name: sample_add
INSERT INTO sample(id, dt_us, series, nth, lagged, error, error_phase, dns_us, tcp_us, tls_us, wait_us,
	body_us, min_rtt_us, lag_us, retrans, status, bytes, ttl, dns_cache, addr, cache, seq, location,
	syn_rtt_us, age_s, cname, dns_tries, dns_tcp, ecs_scope)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
		?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29);

-- name: sample_of_batch
-- The samples with ids in [?1, ?2], row by row to whoever is ?3 (store_rows.c): one call with all of a
-- row costs less than one for each column.
SELECT sample_whole(?3, id, dt_us, series, nth, lagged, error, dns_us, tcp_us, tls_us, wait_us, body_us,
	min_rtt_us, error_phase, lag_us, retrans, status, bytes, ttl, dns_cache, addr, cache, seq, location,
	syn_rtt_us, age_s, cname, dns_tries, dns_tcp, ecs_scope)
FROM sample WHERE id BETWEEN ?1 AND ?2;

-- name: sample_core_of_batch
-- The first of the same: what measures, failures and verdicts come from.
SELECT sample_core(?3, id, dt_us, series, nth, lagged, error, dns_us, tcp_us, tls_us, wait_us, body_us, min_rtt_us)
FROM sample WHERE id BETWEEN ?1 AND ?2;

-- name: sample_core_of_unfolded
-- And of the batches [?2, ?3] of probe ?1 that wait to be folded.
SELECT sample_core(?4, s.id, s.dt_us, s.series, s.nth, s.lagged, s.error, s.dns_us, s.tcp_us, s.tls_us,
	s.wait_us, s.body_us, s.min_rtt_us)
FROM unfolded u CROSS JOIN sample s ON s.id BETWEEN u.batch << 14 AND (u.batch << 14) + u.samples - 1
WHERE u.probe = ?1 AND u.batch BETWEEN ?2 AND ?3;

-- name: probes
-- Every probe that has cells or batches, by hopping from one to the next.
WITH RECURSIVE of_cell(probe) AS (
	SELECT min(probe) FROM cell
	UNION ALL
	SELECT (SELECT min(probe) FROM cell WHERE probe > of_cell.probe)
	FROM of_cell WHERE probe IS NOT NULL),
of_batch(probe) AS (
	SELECT min(probe) FROM batch INDEXED BY batch_time WHERE first_us IS NOT NULL AND pruned IS NULL
	UNION ALL
	SELECT (SELECT min(probe) FROM batch INDEXED BY batch_time
		WHERE first_us IS NOT NULL AND pruned IS NULL AND probe > of_batch.probe)
	FROM of_batch WHERE probe IS NOT NULL)
SELECT probe FROM of_cell WHERE probe IS NOT NULL UNION SELECT probe FROM of_batch WHERE probe IS NOT NULL;

-- name: cell_get
SELECT data FROM cell WHERE probe = ?1 AND hour = ?2 AND series = ?3;

-- name: cell_new
-- Without effect where the cell is there already.
INSERT INTO cell(probe, hour, series, attempts, failures, total_us, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (probe, hour, series) DO NOTHING;

-- name: cell_put
UPDATE cell SET attempts = ?4, failures = ?5, total_us = ?6, data = ?7
WHERE probe = ?1 AND hour = ?2 AND series = ?3;

-- name: cell_of_probe
SELECT hour, series, data FROM cell WHERE probe = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour, series;

-- name: audit_add
INSERT INTO audit(probe, t_us, target, node, sha256, etag, cert_sha256, chain, target_rev, addr, edge,
	cert_subject, cert_issuer, cert_names, error, error_phase, status, bytes, cert_not_before, cert_not_after,
	clock_skew_us)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21);

-- name: audit_header_add
INSERT INTO audit_header(audit, pos, name, value) VALUES (?1, ?2, ?3, ?4);

-- name: audit_in_window
SELECT id, probe, target, node, ifnull(last_us, t_us) FROM audit INDEXED BY audit_key
WHERE t_us < ?2 AND ifnull(last_us, t_us) >= ?1
ORDER BY probe, target, node, t_us, id;

-- name: audit_get
SELECT t_us, sha256, etag, cert_sha256, chain, target_rev, addr, edge, cert_subject, cert_issuer, cert_names,
	error, error_phase, status, bytes, cert_not_before, cert_not_after, clock_skew_us FROM audit WHERE id = ?1;

-- name: audit_headers
SELECT name, value FROM audit_header WHERE audit = ?1 ORDER BY pos;

-- name: prune_find
-- The oldest batches whose samples may go. Where the clock was implausible its moments say nothing.
SELECT id, samples, iif(implausible, NULL, last_us) FROM batch INDEXED BY batch_raw
WHERE first_us IS NOT NULL AND pruned IS NULL AND iif(implausible, received_us, last_us) < ?1
	AND NOT EXISTS (SELECT 1 FROM unfolded WHERE unfolded.probe = batch.probe AND unfolded.batch = batch.id)
ORDER BY iif(implausible, received_us, last_us) LIMIT 1000;

-- name: prune_count
SELECT count(*), ifnull(sum(samples), 0) FROM batch INDEXED BY batch_raw
WHERE first_us IS NOT NULL AND pruned IS NULL AND iif(implausible, received_us, last_us) < ?1;

-- name: prune_samples
DELETE FROM sample WHERE id BETWEEN ?1 AND ?2;

-- name: prune_mark
UPDATE batch SET pruned = 1 WHERE id = ?1;

-- name: pruned_until
SELECT value FROM counter WHERE name = 'pruned_until_us';

-- name: pruned_until_set
INSERT INTO counter(name, value) VALUES ('pruned_until_us', ?1)
ON CONFLICT (name) DO UPDATE SET value = max(value, ?1);

-- name: received_last
SELECT received_us FROM batch WHERE implausible = 0 ORDER BY id DESC LIMIT 1;

-- name: audit_before
-- The stretch that holds ?4, or else ends before it; of equal times the one stored last.
SELECT id, t_us, ifnull(last_us, t_us), ifnull(seen, 1) FROM audit INDEXED BY audit_key
WHERE probe = ?1 AND target = ?2 AND node IS ?3 AND t_us <= ?4 ORDER BY t_us DESC, id DESC LIMIT 1;

-- name: audit_after
SELECT id, t_us, ifnull(last_us, t_us), ifnull(seen, 1) FROM audit INDEXED BY audit_key
WHERE probe = ?1 AND target = ?2 AND node IS ?3 AND t_us > ?4 ORDER BY t_us, id LIMIT 1;

-- name: audit_stretch
UPDATE audit SET t_us = ?2, last_us = ?3, seen = ?4, clock_skew_us = ifnull(?5, clock_skew_us) WHERE id = ?1;

-- name: audit_copy
INSERT INTO audit(probe, t_us, target, node, sha256, etag, cert_sha256, chain, target_rev, addr, edge,
	cert_subject, cert_issuer, cert_names, error, error_phase, status, bytes, cert_not_before, cert_not_after,
	clock_skew_us)
SELECT probe, ?2, target, node, sha256, etag, cert_sha256, chain, target_rev, addr, edge,
	cert_subject, cert_issuer, cert_names, error, error_phase, status, bytes, cert_not_before, cert_not_after,
	clock_skew_us
FROM audit WHERE id = ?1;

-- name: audit_copy_headers
INSERT INTO audit_header(audit, pos, name, value) SELECT ?2, pos, name, value FROM audit_header WHERE audit = ?1;

-- name: audit_remove
DELETE FROM audit WHERE id = ?1;

-- name: place_put
-- A database of places that wasn't asked (built_s NULL) leaves the place as it was, one of networks that
-- doesn't tell leaves the network; what is the same already is left alone.
INSERT INTO place(addr, country, city, lat, lon, asn, built_s, found_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (addr) DO UPDATE SET
	country = iif(?7 IS NULL, country, ?2), city = iif(?7 IS NULL, city, ?3),
	lat = iif(?7 IS NULL, lat, ?4), lon = iif(?7 IS NULL, lon, ?5),
	asn = ifnull(?6, asn), built_s = ifnull(?7, built_s), found_us = ?8
WHERE ifnull(?6, asn) IS NOT asn OR (?7 IS NOT NULL AND (country IS NOT ?2 OR city IS NOT ?3 OR lat IS NOT ?4
	OR lon IS NOT ?5 OR built_s IS NOT ?7));

-- name: place_all
SELECT s.text, p.country, p.city, p.lat, p.lon, p.asn, p.built_s, p.found_us
FROM place p CROSS JOIN string s ON s.id = p.addr ORDER BY s.text;

-- name: edge_batches
-- Every batch with raw samples that may lie in [since, until) and whose clock is believed, in no
-- order.
SELECT b.id, b.probe, b.started_us, b.samples, b.uuid FROM raw_span kind CROSS JOIN batch b INDEXED BY batch_time
	ON b.probe = kind.probe AND b.span = kind.span
	AND b.pruned IS NULL AND b.first_us > ?1 - (1 << kind.span) AND b.first_us < ?2
WHERE b.last_us >= ?1 AND b.implausible = 0;

-- name: edge_of_batch
-- Its successes, in the order of ids; of a lagged one who answered is known, but no time.
SELECT dt_us, series, addr, iif(lagged IS NULL, min_rtt_us, NULL) FROM sample
WHERE id BETWEEN ?1 AND ?2 AND error IS NULL AND addr IS NOT NULL;
