-- suspended_at: since when nobody may sign in or send; 0 for a site that works.
ALTER TABLE sites ADD COLUMN suspended_at BIGINT NOT NULL DEFAULT 0;
