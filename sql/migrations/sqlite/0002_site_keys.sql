-- The signing keys of a site: two may live at once, so that a key can be changed without a gap.
CREATE TABLE IF NOT EXISTS site_keys (
    site_id    TEXT NOT NULL,
    kid        TEXT NOT NULL,
    secret     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, kid)
) WITHOUT ROWID;
