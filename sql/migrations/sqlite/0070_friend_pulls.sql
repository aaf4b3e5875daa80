-- Lists of friends that are fetched from the site's own server: whose, when again, and how it went the last time.
-- status: of HTTP, 0: there was no answer. pulled_at: when the list was last known to be right.
CREATE TABLE IF NOT EXISTS friend_pulls (
    site_id   TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    etag      TEXT NOT NULL DEFAULT '',
    pulled_at INTEGER NOT NULL DEFAULT 0,
    due_at    INTEGER NOT NULL,
    tries     INTEGER NOT NULL DEFAULT 0,
    status    INTEGER NOT NULL DEFAULT 0,
    error     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (site_id, user_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS friend_pulls_by_time ON friend_pulls (due_at);
