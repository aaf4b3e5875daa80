-- What a person has switched off, and settings: a JSON object of what only the person's own clients read.
-- Nobody has a row who never changed anything.
CREATE TABLE IF NOT EXISTS preferences (
    site_id  VARBINARY(32) NOT NULL,
    user_id  VARBINARY(128) NOT NULL,
    receipts TINYINT NOT NULL,
    typing   TINYINT NOT NULL,
    presence TINYINT NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (site_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
