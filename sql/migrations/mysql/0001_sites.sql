-- The community websites that this installation serves. origins: a JSON list of web origins.
CREATE TABLE IF NOT EXISTS sites (
    site_id    VARBINARY(32) NOT NULL,
    name       VARCHAR(255) NOT NULL,
    origins    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (site_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
