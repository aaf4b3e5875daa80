-- What each person's clients are told, in order. A message is a reference (conversation_id, seq); other kinds
-- have their body in payload. tag: 32 random bits, by which a restored database is noticed.
CREATE TABLE IF NOT EXISTS inbox (
    site_id         VARBINARY(32) NOT NULL,
    user_id         VARBINARY(128) NOT NULL,
    useq            BIGINT NOT NULL,
    tag             BIGINT NOT NULL,
    kind            VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    seq             BIGINT NOT NULL,
    payload         BLOB NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (site_id, user_id, useq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
