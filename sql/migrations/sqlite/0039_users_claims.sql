-- More of what the host's tokens say. guest: somebody without an account. joined: when the account was made, 0 if
-- that was not said. email is for mail about missed messages, and shown to nobody.
ALTER TABLE users ADD COLUMN guest INTEGER NOT NULL DEFAULT 0;

ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT '';

ALTER TABLE users ADD COLUMN joined INTEGER NOT NULL DEFAULT 0;

