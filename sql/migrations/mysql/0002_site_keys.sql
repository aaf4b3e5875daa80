-- The signing keys of a site: two may live at once, so that a key can be changed without a gap.
CREATE TABLE IF NOT EXISTS site_keys (
    site_id    VARBINARY(32) NOT NULL,
    kid        VARBINARY(32) NOT NULL,
    secret     BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (site_id, kid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
