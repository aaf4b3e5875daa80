-- The index of messages: which of the 60 messages of a block of a conversation have a term (bit n: the n-th).
CREATE TABLE IF NOT EXISTS search_terms (
    site_id         VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    term            VARBINARY(64) NOT NULL,
    block           INTEGER NOT NULL,
    bits            BIGINT NOT NULL,
    PRIMARY KEY (site_id, conversation_id, term, block)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
