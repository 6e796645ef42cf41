-- The registry's statements, one behind each name.

-- name: probe_add
INSERT INTO probe(name, country, city, lat, lon, asn, network, place_source, enrolled_us, dropped)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0);

-- name: probe_find
SELECT id, place_source FROM probe WHERE name = ?1;

-- name: probe_all
SELECT id, name, country, city, lat, lon, asn, network, place_source, enrolled_us, last_seen_us, last_version,
	last_boot, last_skew_us, dropped, revoked_us, cloned_us,
	(SELECT max(until_us) FROM token WHERE token.probe = probe.id AND valid = 1
		AND until_us > unixepoch() * 1000000), rejected, source, geo_built_s FROM probe ORDER BY name;

-- name: probe_seen
-- Pushes may be told late: the newest counts. By more than an hour (REGISTRY_LATE_US) none is: then the clock
-- was set back, and what is there would hide all that comes until that moment.
UPDATE probe SET
	last_version = iif(newest, ifnull(?3, last_version), last_version),
	last_boot = iif(newest, ifnull(?4, last_boot), last_boot),
	last_skew_us = iif(newest, ifnull(?5, last_skew_us), last_skew_us),
	last_seen_us = iif(newest, ?2, last_seen_us),
	dropped = dropped + ?6,
	rejected = rejected + ?7
FROM (SELECT id AS seen, last_seen_us IS NULL OR ?2 >= last_seen_us OR ?2 < last_seen_us - ?8 AS newest
	FROM probe WHERE name = ?1)
WHERE id = seen;

-- name: seen_begin
-- Up to which batch what pushes told is in `probe`. A database of before has none, and is taken as it is.
INSERT INTO counter(name, value) SELECT 'seen_batch', ifnull(max(id), 0) FROM batch WHERE true
	ON CONFLICT DO NOTHING;

-- name: seen_again
-- The columns beside a max() are of its row. As probe_seen has it, of a clock that was set back.
UPDATE probe SET
	last_version = ifnull(b.version, last_version), last_boot = ifnull(b.boot, last_boot),
	last_skew_us = ifnull(b.skew_us, last_skew_us),
	last_seen_us = iif(b.at_us < last_seen_us - ?1, b.at_us, max(ifnull(last_seen_us, b.at_us), b.at_us)),
	dropped = probe.dropped + b.dropped, rejected = probe.rejected + b.rejected
FROM (SELECT pr.text AS name, max(batch.received_us) AS at_us, ve.text AS version, bo.text AS boot, skew_us,
	sum(ifnull(dropped, 0)) AS dropped, sum(ifnull(rejected, 0)) AS rejected
	FROM batch JOIN string pr ON pr.id = batch.probe
	LEFT JOIN string ve ON ve.id = batch.version LEFT JOIN string bo ON bo.id = batch.boot
	WHERE batch.id > (SELECT value FROM counter WHERE name = 'seen_batch') AND batch.source IS NULL
	GROUP BY batch.probe) AS b
WHERE probe.name = b.name;

-- name: seen_upto
UPDATE counter SET value = (SELECT ifnull(max(id), 0) FROM batch) WHERE name = 'seen_batch';

-- name: probe_place
UPDATE probe SET country = ?2, city = ?3, lat = ?4, lon = ?5, geo_built_s = ?6, place_source = 'geo'
WHERE name = ?1 AND ifnull(place_source, 'geo') = 'geo';

-- name: probe_asn
UPDATE probe SET asn = ifnull(?2, asn) WHERE name = ?1;

-- name: token_add
INSERT INTO token(hash, probe, valid, created_us) VALUES (?1, ?2, 1, ?3);

-- name: token_all
SELECT p.name, p.id, t.hash, t.until_us, t.used_us IS NOT NULL FROM token t JOIN probe p ON p.id = t.probe
WHERE t.valid = 1 AND p.revoked_us IS NULL ORDER BY p.name;

-- name: token_version
SELECT value FROM counter WHERE name = 'token_version';

-- name: token_changed
UPDATE counter SET value = value + 1 WHERE name = 'token_version';

-- name: plan_newest
SELECT rev, json FROM plan ORDER BY id DESC LIMIT 1;

-- name: plan_by_rev
SELECT rev, json FROM plan WHERE rev = ?1 ORDER BY id DESC LIMIT 1;

-- name: plan_add
INSERT INTO plan(rev, source, json, published_us) VALUES (?1, ?2, ?3, ?4);

-- name: probe_state
SELECT id, revoked_us, cloned_us FROM probe WHERE name = ?1;

-- name: probe_revoke
UPDATE probe SET revoked_us = ?2 WHERE id = ?1;

-- name: probe_readmit
UPDATE probe SET revoked_us = NULL, enrolled_us = ?2 WHERE id = ?1;

-- name: probe_readmit_place
UPDATE probe SET country = ?2, city = ?3, lat = ?4, lon = ?5, network = ?6, geo_built_s = NULL, place_source = 'enrol'
WHERE id = ?1;

-- name: token_supersede
UPDATE token SET until_us = min(ifnull(until_us, ?2), ?2) WHERE probe = ?1 AND valid = 1;

-- name: token_shown
UPDATE token SET used_us = ?2 WHERE hash = ?1 AND used_us IS NULL;

-- name: token_end_older
-- Those that have an end were replaced; by this one if they are older.
UPDATE token SET valid = 0 FROM (SELECT probe AS owner, created_us AS since FROM token WHERE hash = ?1)
WHERE probe = owner AND valid = 1 AND until_us IS NOT NULL AND created_us < since;

-- name: token_end_all
UPDATE token SET valid = 0 WHERE probe = ?1;

-- name: boot_seen
INSERT INTO boot(probe, boot, first_us, last_us) SELECT id, ?2, ?3, ?4 FROM probe WHERE id = ?1
ON CONFLICT(probe, boot) DO UPDATE SET first_us = min(first_us, excluded.first_us),
	last_us = max(last_us, excluded.last_us);

-- name: boot_crossed
SELECT max(min(a.last_us, b.last_us)) FROM boot a JOIN boot b ON b.probe = a.probe AND b.boot <> a.boot
WHERE a.probe = ?1 AND a.boot = ?2 AND min(a.last_us, b.last_us) - max(a.first_us, b.first_us) > ?3;

-- name: boot_forget
DELETE FROM boot WHERE probe = ?1
	AND boot NOT IN (SELECT boot FROM boot WHERE probe = ?1 ORDER BY last_us DESC LIMIT ?2);

-- name: probe_cloned
UPDATE probe SET cloned_us = max(ifnull(cloned_us, ?2), ?2) WHERE id = ?1;

-- name: import_add
-- A vantage of an import, or a better word about the place of one: a place where there was
-- none, or the import's own where it was looked up by address.
INSERT INTO probe(name, country, city, lat, lon, asn, network, place_source, enrolled_us, dropped, source, geo_built_s)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, ?11)
ON CONFLICT(name) DO UPDATE SET country = excluded.country, city = excluded.city, lat = excluded.lat,
	lon = excluded.lon, asn = ifnull(excluded.asn, asn), network = excluded.network,
	geo_built_s = excluded.geo_built_s, place_source = excluded.place_source
WHERE source = excluded.source AND excluded.country IS NOT NULL
	AND (country IS NULL OR (place_source = 'geo' AND excluded.place_source <> 'geo'));

-- name: import_source
SELECT source FROM probe WHERE name = ?1;

-- name: plan_list
SELECT rev, published_us FROM plan ORDER BY id;

-- name: fleet
-- Of each probe, who it is to the store, and its tokens at the moment ?1: how many, and how many of
-- them are a rotated one's predecessor.
SELECT p.name, s.id, p.source,
	(SELECT count(*) FROM token t WHERE t.probe = p.id AND t.valid = 1 AND ifnull(t.until_us, ?1) >= ?1),
	(SELECT count(*) FROM token t WHERE t.probe = p.id AND t.valid = 1 AND t.until_us >= ?1)
FROM probe p LEFT JOIN string s ON s.text = p.name ORDER BY p.name;

-- name: fleet_samples
-- Samples of the probe ?1 begun in [?2, ?3), by the headers that the index alone holds.
WITH RECURSIVE kind(span) AS (
	SELECT min(span) FROM batch INDEXED BY batch_time WHERE first_us IS NOT NULL AND pruned IS NULL AND probe = ?1
	UNION ALL
	SELECT (SELECT min(span) FROM batch INDEXED BY batch_time
		WHERE first_us IS NOT NULL AND pruned IS NULL AND probe = ?1 AND span > kind.span)
	FROM kind WHERE span IS NOT NULL)
SELECT ifnull(sum(b.samples), 0) FROM kind CROSS JOIN batch b INDEXED BY batch_time
	ON b.probe = ?1 AND b.span = kind.span AND b.pruned IS NULL AND b.first_us >= ?2 AND b.first_us < ?3;

-- name: fleet_newest
-- What the header of the probe ?1 says that came last, be it one without samples or of a clock that is
-- not believed.
SELECT b.started_us, r.text, f.text, ifnull(b.rejected, 0)
FROM batch b LEFT JOIN string r ON r.id = b.plan_rev LEFT JOIN string f ON f.id = b.refused
WHERE b.id = (SELECT max(id) FROM batch INDEXED BY batch_probe WHERE probe = ?1);

-- name: fleet_plan
SELECT rev, published_us FROM plan ORDER BY id DESC LIMIT 1;
