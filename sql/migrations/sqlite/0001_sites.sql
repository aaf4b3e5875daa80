-- The community websites that this installation serves. origins: a JSON list of web origins.
CREATE TABLE IF NOT EXISTS sites (
    site_id    TEXT NOT NULL,
    name       TEXT NOT NULL,
    origins    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id)
) WITHOUT ROWID;
