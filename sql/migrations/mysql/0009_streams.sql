-- Per person: the number and the tag of the newest inbox row, and the highest number that has been trimmed.
-- head is changed only under this row's lock, so numbers are dense and in commit order.
CREATE TABLE IF NOT EXISTS streams (
    site_id  VARBINARY(32) NOT NULL,
    user_id  VARBINARY(128) NOT NULL,
    head     BIGINT NOT NULL DEFAULT 0,
    head_tag BIGINT NOT NULL DEFAULT 0,
    floor    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (site_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
