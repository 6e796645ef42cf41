-- The registry's tables: who may speak, from where, and every plan there was.

CREATE TABLE probe(
	id           INTEGER PRIMARY KEY,
	name         TEXT NOT NULL UNIQUE,
	country      TEXT,
	city         TEXT,
	lat          REAL,
	lon          REAL,
	asn          TEXT,
	network      TEXT NOT NULL,     -- datacenter, eyeball
	place_source TEXT,              -- enrol, geo; NULL: no place yet
	enrolled_us  INTEGER NOT NULL,
	last_seen_us INTEGER,
	last_version TEXT,
	last_boot    TEXT,
	last_skew_us INTEGER,
	dropped      INTEGER NOT NULL,  -- batches that its spool dropped, in all
	revoked_us   INTEGER
) STRICT;

CREATE TABLE token(
	hash       BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256 of the token
	probe      INTEGER NOT NULL REFERENCES probe(id),
	valid      INTEGER NOT NULL,    -- 1, or 0: no more
	created_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Revisions in the order in which they were published; the newest has the largest id.
CREATE TABLE plan(
	id           INTEGER PRIMARY KEY,
	rev          TEXT NOT NULL,
	source       TEXT NOT NULL,     -- the operator's text
	json         TEXT NOT NULL,     -- all of it, as schema/plan.c writes it
	published_us INTEGER NOT NULL
) STRICT;
CREATE INDEX plan_rev ON plan(rev);

CREATE TABLE counter(
	name  TEXT NOT NULL PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('token_version', 0);
