-- Events in the order in which all webhooks of the site get them.
CREATE TABLE IF NOT EXISTS webhook_log (
    site_id    VARBINARY(32) NOT NULL,
    number     BIGINT NOT NULL,
    type       VARBINARY(32) NOT NULL,
    stream     VARBINARY(160) NOT NULL,
    place      BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (site_id, number),
    KEY webhook_log_by_time (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
