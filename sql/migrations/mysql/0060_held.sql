-- Messages that wait for a moderator: seen by nobody but their sender. state: waiting, approved (and then stored among
-- the messages under the same client_id) or refused. body is empty once it is decided.
CREATE TABLE IF NOT EXISTS held (
    site_id         VARBINARY(32) NOT NULL,
    held_id         VARBINARY(32) NOT NULL,
    sender_id       VARBINARY(128) NOT NULL,
    client_id       BINARY(16) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    body            TEXT NOT NULL,
    dressing        TEXT NOT NULL,
    reason          VARBINARY(16) NOT NULL,
    state           VARBINARY(16) NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (site_id, held_id),
    UNIQUE KEY held_once (site_id, sender_id, client_id),
    KEY held_by_time (site_id, state, created_at),
    KEY held_by_end (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
