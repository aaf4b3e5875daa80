-- Who may not use a site's messenger, until when and why. A row outlives the person's own, so that nobody comes back
-- by being erased. users.banned_until repeats until_ms for sends, which hold that row.
CREATE TABLE IF NOT EXISTS bans (
    site_id    TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    until_ms   INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    actor      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, user_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS bans_by_time ON bans (site_id, created_at, user_id);
