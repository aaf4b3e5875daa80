-- What people have reported, as it was then. conversation_id is empty and seq 0 where a person is reported and
-- no message. user_id: who is reported. state: open until somebody has looked at it.
CREATE TABLE IF NOT EXISTS reports (
    site_id         VARBINARY(32) NOT NULL,
    report_id       VARBINARY(32) NOT NULL,
    reporter_id     VARBINARY(128) NOT NULL,
    user_id         VARBINARY(128) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    seq             BIGINT NOT NULL,
    body            TEXT NOT NULL,
    sent_at         BIGINT NOT NULL,
    reason          VARBINARY(16) NOT NULL,
    note            TEXT NOT NULL,
    state           VARBINARY(16) NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (site_id, report_id),
    KEY reports_by_time (site_id, state, created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
