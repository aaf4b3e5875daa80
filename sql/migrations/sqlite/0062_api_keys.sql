-- The keys with which a site's own server calls the server API, at most two. Of a key only the hash is kept.
-- used_at: when it was last used, to the minute; 0: never.
CREATE TABLE IF NOT EXISTS api_keys (
    site_id    TEXT NOT NULL,
    key_id     TEXT NOT NULL,
    hash       BLOB NOT NULL,
    label      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (site_id, key_id)
) WITHOUT ROWID;
