-- What a site lets pass: its word filter and its limits for newcomers, as a JSON object. Most sites have none.
CREATE TABLE IF NOT EXISTS house_rules (
    site_id    TEXT NOT NULL,
    body       TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (site_id)
) WITHOUT ROWID;
