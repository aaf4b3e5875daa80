-- trimmed_seq: messages up to this one were deleted because they were older than the site keeps them.
ALTER TABLE conversations ADD COLUMN trimmed_seq BIGINT NOT NULL DEFAULT 0;
