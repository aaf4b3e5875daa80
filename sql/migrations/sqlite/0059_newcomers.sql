-- What newcomers of sites with limits for them have sent. sent: messages that were delivered. recent: the times of the
-- last day's, talks: the conversations begun in the last hour and when; both JSON lists, and short by the limits.
CREATE TABLE IF NOT EXISTS newcomers (
    site_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    sent    INTEGER NOT NULL,
    recent  TEXT NOT NULL,
    talks   TEXT NOT NULL,
    PRIMARY KEY (site_id, user_id)
) WITHOUT ROWID;
