-- Events for webhooks as they are committed, in the transaction of what they tell. They have no number yet: stream and
-- place say what they are of and in which order, as a conversation and its seq.
CREATE TABLE IF NOT EXISTS webhook_outbox (
    site_id    VARBINARY(32) NOT NULL,
    stream     VARBINARY(160) NOT NULL,
    place      BIGINT NOT NULL,
    version    BIGINT NOT NULL DEFAULT 0,
    type       VARBINARY(32) NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (site_id, stream, place, version, type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
