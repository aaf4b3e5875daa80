-- Who may not use a site's messenger, until when and why. A row outlives the person's own, so that nobody comes back
-- by being erased. users.banned_until repeats until_ms for sends, which hold that row.
CREATE TABLE IF NOT EXISTS bans (
    site_id    VARBINARY(32) NOT NULL,
    user_id    VARBINARY(128) NOT NULL,
    until_ms   BIGINT NOT NULL,
    reason     TEXT NOT NULL,
    actor      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (site_id, user_id),
    KEY bans_by_time (site_id, created_at, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
