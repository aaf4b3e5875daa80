-- chosen: what the person wants to be. shown: what others see. listed: 1 while shown is not offline.
-- name_folded repeats the user's, so that one index pages everyone who is online by name.
CREATE TABLE IF NOT EXISTS presence (
    site_id     VARBINARY(32) NOT NULL,
    user_id     VARBINARY(128) NOT NULL,
    chosen      VARBINARY(32) NOT NULL,
    status_text VARCHAR(255) NOT NULL,
    connected   INTEGER NOT NULL DEFAULT 0,
    shown       VARBINARY(32) NOT NULL,
    listed      INTEGER NOT NULL DEFAULT 0,
    changed_at  BIGINT NOT NULL,
    name_folded VARBINARY(256) NOT NULL,
    PRIMARY KEY (site_id, user_id),
    KEY presence_by_name (site_id, listed, name_folded, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
