-- What may stand between a person and sending. banned_until: 0 for nobody special, 2^53 for ever. posts and trust: what
-- the host's token says of how well it knows them, -1 if that was not said.
ALTER TABLE users
    ADD COLUMN banned_until BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN posts BIGINT NOT NULL DEFAULT -1,
    ADD COLUMN trust BIGINT NOT NULL DEFAULT -1;
