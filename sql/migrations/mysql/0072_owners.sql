-- Who signs in at the console. email: folded. password: an argon2id string, '' until one is set. totp: the shared
-- secret in base32, '' without a second step; totp_step: the last half minute whose code was used.
CREATE TABLE IF NOT EXISTS owners (
    owner_id   VARBINARY(32) NOT NULL,
    email      VARBINARY(254) NOT NULL,
    name       VARCHAR(80) NOT NULL,
    password   VARBINARY(255) NOT NULL,
    admin      TINYINT NOT NULL,
    totp       VARBINARY(64) NOT NULL,
    totp_step  BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (owner_id),
    UNIQUE KEY owners_by_email (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
