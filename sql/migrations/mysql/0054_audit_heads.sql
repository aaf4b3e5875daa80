-- How long the record of a site is, and its last hash. Whoever appends holds this row.
CREATE TABLE IF NOT EXISTS audit_heads (
    site_id VARBINARY(32) NOT NULL,
    n       BIGINT NOT NULL,
    hash    VARBINARY(64) NOT NULL,
    PRIMARY KEY (site_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
