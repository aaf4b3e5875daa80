-- Where each word of a folded name begins: word holds the name from there on, so that a prefix search on it
-- finds a person by any word of the name.
CREATE TABLE IF NOT EXISTS name_words (
    site_id TEXT NOT NULL,
    word    TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (site_id, word, user_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS name_words_by_user ON name_words (site_id, user_id, word);
