-- How far the others may know that the person has read; read_seq is the person's own.
ALTER TABLE participants ADD COLUMN told_seq BIGINT NOT NULL DEFAULT 0;
