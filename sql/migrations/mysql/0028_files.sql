-- Files by what they belong to. seq: of the message; 0 not sent yet, -1 a picture of its conversation, -2 dropped.
-- due_at: when the sweep may take it, NULL for what is in use. place: the storage's name for it. A row comes
-- before its bytes (is_ready 0) and goes after them, so no bytes are ever without one.
CREATE TABLE IF NOT EXISTS files (
    site_id         VARBINARY(32) NOT NULL,
    file_id         VARBINARY(64) NOT NULL,
    user_id         VARBINARY(128) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    seq             BIGINT NOT NULL DEFAULT 0,
    is_ready        TINYINT NOT NULL DEFAULT 0,
    place           VARBINARY(64) NOT NULL,
    thumb_place     VARBINARY(64) NOT NULL DEFAULT '',
    thumb_bytes     BIGINT NOT NULL DEFAULT 0,
    stored_bytes    BIGINT NOT NULL,
    about           BLOB NOT NULL,
    due_at          BIGINT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (site_id, file_id),
    KEY files_by_message (site_id, conversation_id, seq),
    KEY files_by_due (due_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
