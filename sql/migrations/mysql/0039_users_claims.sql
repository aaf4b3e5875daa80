-- More of what the host's tokens say. guest: somebody without an account. joined: when the account was made, 0 if
-- that was not said. email is for mail about missed messages, and shown to nobody.
ALTER TABLE users
    ADD COLUMN guest TINYINT NOT NULL DEFAULT 0,
    ADD COLUMN email VARBINARY(320) NOT NULL DEFAULT '',
    ADD COLUMN joined BIGINT NOT NULL DEFAULT 0;
