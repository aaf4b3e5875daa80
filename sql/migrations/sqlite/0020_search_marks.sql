-- How far each conversation is in the index; what is beyond is searched by reading it.
CREATE TABLE IF NOT EXISTS search_marks (
    site_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    indexed_seq     INTEGER NOT NULL,
    PRIMARY KEY (site_id, conversation_id)
) WITHOUT ROWID;
