-- Says of a person what bots does: lists show it, and would have to join another table for every row.
ALTER TABLE users ADD COLUMN bot INTEGER NOT NULL DEFAULT 0;
