-- The index of messages: which of the 60 messages of a block of a conversation have a term (bit n: the n-th).
CREATE TABLE IF NOT EXISTS search_terms (
    site_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    term            TEXT NOT NULL,
    block           INTEGER NOT NULL,
    bits            INTEGER NOT NULL,
    PRIMARY KEY (site_id, conversation_id, term, block)
) WITHOUT ROWID;
