-- Lists of friends that are fetched from the site's own server: whose, when again, and how it went the last time.
-- status: of HTTP, 0: there was no answer. pulled_at: when the list was last known to be right.
CREATE TABLE IF NOT EXISTS friend_pulls (
    site_id   VARBINARY(32) NOT NULL,
    user_id   VARBINARY(128) NOT NULL,
    etag      VARBINARY(1024) NOT NULL DEFAULT '',
    pulled_at BIGINT NOT NULL DEFAULT 0,
    due_at    BIGINT NOT NULL,
    tries     INTEGER NOT NULL DEFAULT 0,
    status    INTEGER NOT NULL DEFAULT 0,
    error     VARCHAR(255) NOT NULL DEFAULT '',
    PRIMARY KEY (site_id, user_id),
    KEY friend_pulls_by_time (due_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
