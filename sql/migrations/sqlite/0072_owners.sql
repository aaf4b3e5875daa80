-- Who signs in at the console. email: folded. password: an argon2id string, '' until one is set. totp: the shared
-- secret in base32, '' without a second step; totp_step: the last half minute whose code was used.
CREATE TABLE IF NOT EXISTS owners (
    owner_id   TEXT NOT NULL,
    email      TEXT NOT NULL,
    name       TEXT NOT NULL,
    password   TEXT NOT NULL,
    admin      INTEGER NOT NULL,
    totp       TEXT NOT NULL,
    totp_step  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (owner_id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX IF NOT EXISTS owners_by_email ON owners (email);
