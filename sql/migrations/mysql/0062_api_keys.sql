-- The keys with which a site's own server calls the server API, at most two. Of a key only the hash is kept.
-- used_at: when it was last used, to the minute; 0: never.
CREATE TABLE IF NOT EXISTS api_keys (
    site_id    VARBINARY(32) NOT NULL,
    key_id     VARBINARY(32) NOT NULL,
    hash       BINARY(16) NOT NULL,
    label      VARCHAR(255) NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (site_id, key_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
