-- How long the record of a site is, and its last hash. Whoever appends holds this row.
CREATE TABLE IF NOT EXISTS audit_heads (
    site_id TEXT NOT NULL,
    n       INTEGER NOT NULL,
    hash    TEXT NOT NULL,
    PRIMARY KEY (site_id)
) WITHOUT ROWID;
