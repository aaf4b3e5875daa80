-- Where each word of a folded name begins: word holds the name from there on, so that a prefix search on it
-- finds a person by any word of the name.
CREATE TABLE IF NOT EXISTS name_words (
    site_id VARBINARY(32) NOT NULL,
    word    VARBINARY(256) NOT NULL,
    user_id VARBINARY(128) NOT NULL,
    PRIMARY KEY (site_id, word, user_id),
    KEY name_words_by_user (site_id, user_id, word)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
