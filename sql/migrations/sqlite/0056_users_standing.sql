-- What may stand between a person and sending. banned_until: 0 for nobody special, 2^53 for ever. posts and trust: what
-- the host's token says of how well it knows them, -1 if that was not said.
ALTER TABLE users ADD COLUMN banned_until INTEGER NOT NULL DEFAULT 0;

ALTER TABLE users ADD COLUMN posts INTEGER NOT NULL DEFAULT -1;

ALTER TABLE users ADD COLUMN trust INTEGER NOT NULL DEFAULT -1;
