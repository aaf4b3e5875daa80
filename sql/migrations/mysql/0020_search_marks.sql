-- How far each conversation is in the index; what is beyond is searched by reading it.
CREATE TABLE IF NOT EXISTS search_marks (
    site_id         VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    indexed_seq     BIGINT NOT NULL,
    PRIMARY KEY (site_id, conversation_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
