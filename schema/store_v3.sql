-- From version 2 to 3: what a central host needs to keep a fleet. Rows that were there have NULL
-- in the new columns, which is what they mean.

ALTER TABLE batch ADD COLUMN rejected INTEGER;      -- files that the probe put aside, refused for good
ALTER TABLE batch ADD COLUMN source INTEGER REFERENCES string(id); -- import's format; NULL: a probe of ours
ALTER TABLE batch ADD COLUMN pruned INTEGER;        -- 1: its samples were deleted; its cells never are

-- An audit that says what the one before it said makes no row: the row's last_us moves.
ALTER TABLE audit ADD COLUMN last_us INTEGER;       -- of the newest audit of this content; NULL: t_us
ALTER TABLE audit ADD COLUMN seen INTEGER;          -- how many there were; NULL: 1

ALTER TABLE probe ADD COLUMN source TEXT;           -- import's format; NULL: enrolled
ALTER TABLE probe ADD COLUMN geo_built_s INTEGER;   -- when the geo database that gave the place was made
ALTER TABLE probe ADD COLUMN cloned_us INTEGER;     -- when two machines last spoke under the name; NULL: never

-- Boots of a machine, and from when to when (by its clock, less the skew it told) it measured. The
-- stretches of one machine follow each other; those of two that share a name lie across each other.
CREATE TABLE boot(
	probe    INTEGER NOT NULL REFERENCES probe(id),
	boot     TEXT NOT NULL,
	first_us INTEGER NOT NULL,
	last_us  INTEGER NOT NULL,
	PRIMARY KEY (probe, boot)
) STRICT, WITHOUT ROWID;

-- A rotated token's predecessor lives until the new one is used, or until `until_us`.
ALTER TABLE token ADD COLUMN until_us INTEGER;      -- NULL: no end
ALTER TABLE token ADD COLUMN used_us INTEGER;       -- when it was first shown; NULL: never

-- Where an address that answered stands, by the geo databases. One that they don't know has a row,
-- too, so that a later database can be asked.
CREATE TABLE place(
	addr     INTEGER PRIMARY KEY REFERENCES string(id),
	country  TEXT,
	city     TEXT,
	lat      REAL,
	lon      REAL,
	asn      TEXT,
	built_s  INTEGER,           -- when the database of places that was asked was made; 0: it doesn't
	                            -- say; NULL: none was asked
	found_us INTEGER NOT NULL   -- when what stands here was found
) STRICT;

-- Retention: a pruned batch has no samples, so that nothing need find it by time; and those that
-- have some are found by age (where the clock was implausible, by when they came).
DROP INDEX batch_time;
CREATE INDEX batch_time ON batch(probe, span, first_us, last_us, samples, pruned)
	WHERE first_us IS NOT NULL AND pruned IS NULL;
CREATE INDEX batch_raw ON batch(iif(implausible, received_us, last_us))
	WHERE first_us IS NOT NULL AND pruned IS NULL;

ALTER TABLE probe ADD COLUMN rejected INTEGER NOT NULL DEFAULT 0; -- files that it put aside, in all

DROP INDEX audit_key;
CREATE INDEX audit_key ON audit(probe, target, node, t_us, last_us);

CREATE VIEW v_place AS
SELECT s.text AS addr, p.country, p.city, p.lat, p.lon, p.asn, date(nullif(p.built_s, 0), 'unixepoch') AS built,
	strftime('%Y-%m-%dT%H:%M:%SZ', p.found_us / 1000000, 'unixepoch') AS found
FROM place p JOIN string s ON s.id = p.addr;
