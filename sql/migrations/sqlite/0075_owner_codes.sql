-- Recovery codes that have not been used. code_id: the first 16 bytes of the code's SHA-256.
CREATE TABLE IF NOT EXISTS owner_codes (
    owner_id TEXT NOT NULL,
    code_id  BLOB NOT NULL,
    PRIMARY KEY (owner_id, code_id)
) WITHOUT ROWID;
