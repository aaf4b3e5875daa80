-- name_folded repeats the friend's name, so that an index has a list of friends in its order; NULL while the
-- friend is nobody whom the site knows. By friend: whose lists a new name has to be written to.
ALTER TABLE roster
    ADD COLUMN name_folded VARBINARY(256) NULL,
    ADD KEY roster_by_name (site_id, user_id, name_folded, friend_id),
    ADD KEY roster_by_friend (site_id, friend_id);
