-- The last requests to each webhook, and how they went; none of what was in them.
CREATE TABLE IF NOT EXISTS webhook_posts (
    site_id      TEXT NOT NULL,
    webhook_id   TEXT NOT NULL,
    post_number  INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    first_number INTEGER NOT NULL,
    last_number  INTEGER NOT NULL,
    events_count INTEGER NOT NULL,
    status       INTEGER NOT NULL,
    error        TEXT NOT NULL,
    took_ms      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (site_id, webhook_id, post_number)
) WITHOUT ROWID;
