-- The rest of a listed room's name from each of its words on: what a search for a prefix looks at.
CREATE TABLE IF NOT EXISTS room_words (
    site_id         VARBINARY(32) NOT NULL,
    word            VARBINARY(256) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    PRIMARY KEY (site_id, word, conversation_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
