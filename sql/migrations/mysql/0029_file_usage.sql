-- What files take, per person and, where user_id is empty, per site.
CREATE TABLE IF NOT EXISTS file_usage (
    site_id VARBINARY(32) NOT NULL,
    user_id VARBINARY(128) NOT NULL,
    bytes   BIGINT NOT NULL,
    PRIMARY KEY (site_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
