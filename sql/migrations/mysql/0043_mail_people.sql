-- Mail about missed messages, a row per person. due_at: when to look next. told_at: up to when the last mail told.
-- step: claimed by a worker, then handing (the message is being handed over), then nothing again.
CREATE TABLE IF NOT EXISTS mail_people (
    site_id VARBINARY(32) NOT NULL,
    user_id VARBINARY(128) NOT NULL,
    due_at  BIGINT NOT NULL,
    told_at BIGINT NOT NULL DEFAULT 0,
    tries   INTEGER NOT NULL DEFAULT 0,
    step    VARBINARY(16) NOT NULL DEFAULT '',
    claim   VARBINARY(32) NOT NULL DEFAULT '',
    PRIMARY KEY (site_id, user_id),
    KEY mail_people_by_time (due_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
