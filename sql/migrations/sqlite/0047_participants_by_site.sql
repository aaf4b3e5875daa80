-- by_site: a moderator of this room because the host says so, and for as long as it does.
ALTER TABLE participants ADD COLUMN by_site INTEGER NOT NULL DEFAULT 0;
