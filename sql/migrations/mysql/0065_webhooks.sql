-- Where a site wants to be told of events. events: a JSON list of types. delivered: the number of the last event that
-- is settled. failing_since: when the first of the tries that failed without a break was, 0: the last one did not.
CREATE TABLE IF NOT EXISTS webhooks (
    site_id       VARBINARY(32) NOT NULL,
    webhook_id    VARBINARY(32) NOT NULL,
    url           VARBINARY(2048) NOT NULL,
    events        VARBINARY(1024) NOT NULL,
    secret        VARBINARY(64) NOT NULL,
    enabled       INTEGER NOT NULL DEFAULT 1,
    reason        VARCHAR(255) NOT NULL DEFAULT '',
    delivered     BIGINT NOT NULL DEFAULT 0,
    tries         INTEGER NOT NULL DEFAULT 0,
    due_at        BIGINT NOT NULL DEFAULT 0,
    failing_since BIGINT NOT NULL DEFAULT 0,
    posts         BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (site_id, webhook_id),
    KEY webhooks_by_time (enabled, due_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
