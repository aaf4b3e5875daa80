-- Recovery codes that have not been used. code_id: the first 16 bytes of the code's SHA-256.
CREATE TABLE IF NOT EXISTS owner_codes (
    owner_id VARBINARY(32) NOT NULL,
    code_id  BINARY(16) NOT NULL,
    PRIMARY KEY (owner_id, code_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
