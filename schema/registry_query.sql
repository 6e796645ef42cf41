-- The registry's statements, one behind each name.

-- name: probe_add
INSERT INTO probe(name, country, city, lat, lon, asn, network, place_source, enrolled_us, dropped)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0);

-- name: probe_find
SELECT id, place_source FROM probe WHERE name = ?1;

-- name: probe_all
SELECT id, name, country, city, lat, lon, asn, network, place_source, enrolled_us, last_seen_us, last_version,
	last_boot, last_skew_us, dropped, revoked_us, rejected FROM probe ORDER BY name;

-- name: probe_seen
-- Pushes may be told late: the newest counts.
UPDATE probe SET
	last_version = iif(?2 >= ifnull(last_seen_us, ?2), ifnull(?3, last_version), last_version),
	last_boot = iif(?2 >= ifnull(last_seen_us, ?2), ifnull(?4, last_boot), last_boot),
	last_skew_us = iif(?2 >= ifnull(last_seen_us, ?2), ifnull(?5, last_skew_us), last_skew_us),
	last_seen_us = max(ifnull(last_seen_us, ?2), ?2),
	dropped = dropped + ?6,
	rejected = rejected + ?7
WHERE name = ?1;

-- name: probe_place
UPDATE probe SET country = ?2, city = ?3, lat = ?4, lon = ?5, place_source = 'geo'
WHERE name = ?1 AND ifnull(place_source, 'geo') = 'geo';

-- name: probe_asn
UPDATE probe SET asn = ifnull(?2, asn) WHERE name = ?1;

-- name: token_add
INSERT INTO token(hash, probe, valid, created_us) VALUES (?1, ?2, 1, ?3);

-- name: token_all
SELECT p.name, p.id, t.hash FROM token t JOIN probe p ON p.id = t.probe
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
