-- What newcomers of sites with limits for them have sent. sent: messages that were delivered. recent: the times of the
-- last day's, talks: the conversations begun in the last hour and when; both JSON lists, and short by the limits.
CREATE TABLE IF NOT EXISTS newcomers (
    site_id VARBINARY(32) NOT NULL,
    user_id VARBINARY(128) NOT NULL,
    sent    BIGINT NOT NULL,
    recent  TEXT NOT NULL,
    talks   TEXT NOT NULL,
    PRIMARY KEY (site_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
