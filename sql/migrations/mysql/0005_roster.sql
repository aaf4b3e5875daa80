-- Whom a person has as a friend. One row per direction.
CREATE TABLE IF NOT EXISTS roster (
    site_id    VARBINARY(32) NOT NULL,
    user_id    VARBINARY(128) NOT NULL,
    friend_id  VARBINARY(128) NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (site_id, user_id, friend_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
