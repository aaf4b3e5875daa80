-- The names of those who were there before the column.
UPDATE roster r
JOIN users u ON u.site_id = r.site_id AND u.user_id = r.friend_id
SET r.name_folded = u.name_folded;
