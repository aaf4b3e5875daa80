-- name_folded repeats the friend's name, so that an index has a list of friends in its order; NULL while the
-- friend is nobody whom the site knows. By friend: whose lists a new name has to be written to.
ALTER TABLE roster ADD COLUMN name_folded TEXT;

CREATE INDEX IF NOT EXISTS roster_by_name ON roster (site_id, user_id, name_folded, friend_id);

CREATE INDEX IF NOT EXISTS roster_by_friend ON roster (site_id, friend_id);
