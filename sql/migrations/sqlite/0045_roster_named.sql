-- The names of those who were there before the column.
UPDATE roster SET name_folded = (
    SELECT u.name_folded FROM users u WHERE u.site_id = roster.site_id AND u.user_id = roster.friend_id
);
