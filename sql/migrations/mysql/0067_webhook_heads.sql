-- The last number that was given to an event of a site.
CREATE TABLE IF NOT EXISTS webhook_heads (
    site_id     VARBINARY(32) NOT NULL,
    last_number BIGINT NOT NULL,
    PRIMARY KEY (site_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
