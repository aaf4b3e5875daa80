-- The last requests to each webhook, and how they went; none of what was in them.
CREATE TABLE IF NOT EXISTS webhook_posts (
    site_id      VARBINARY(32) NOT NULL,
    webhook_id   VARBINARY(32) NOT NULL,
    post_number  BIGINT NOT NULL,
    kind         VARBINARY(32) NOT NULL,
    first_number BIGINT NOT NULL,
    last_number  BIGINT NOT NULL,
    events_count INTEGER NOT NULL,
    status       INTEGER NOT NULL,
    error        VARCHAR(255) NOT NULL,
    took_ms      INTEGER NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (site_id, webhook_id, post_number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
