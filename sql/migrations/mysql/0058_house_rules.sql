-- What a site lets pass: its word filter and its limits for newcomers, as a JSON object. Most sites have none.
CREATE TABLE IF NOT EXISTS house_rules (
    site_id    VARBINARY(32) NOT NULL,
    body       MEDIUMTEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (site_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
