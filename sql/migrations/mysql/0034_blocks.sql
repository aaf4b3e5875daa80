-- Walls between two people, one row in each direction. blocks: user_id has blocked other_id; blocked: the other
-- way round. A row is there while either is so: both ways the two see each other as offline.
CREATE TABLE IF NOT EXISTS blocks (
    site_id    VARBINARY(32) NOT NULL,
    user_id    VARBINARY(128) NOT NULL,
    other_id   VARBINARY(128) NOT NULL,
    blocks     TINYINT NOT NULL,
    blocked    TINYINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (site_id, user_id, other_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
