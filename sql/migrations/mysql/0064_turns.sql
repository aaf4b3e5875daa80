-- What only one worker may do at a time: who does it, and until when.
CREATE TABLE IF NOT EXISTS turns (
    name     VARBINARY(32) NOT NULL,
    holder   VARBINARY(32) NOT NULL,
    until_ms BIGINT NOT NULL,
    PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
