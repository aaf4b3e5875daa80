-- The last number that was given to an event of a site.
CREATE TABLE IF NOT EXISTS webhook_heads (
    site_id     TEXT NOT NULL,
    last_number INTEGER NOT NULL,
    PRIMARY KEY (site_id)
) WITHOUT ROWID;
