-- name: count_friends(site_id, user_id)
-- Only those who are people of the site, and so have a name: what the list of friends shows. An index alone.
SELECT COUNT(*) FROM roster WHERE site_id = :site_id AND user_id = :user_id AND name_folded >= '';

-- name: find_friends(site_id, user_id, friend_ids)
SELECT friend_id FROM roster
WHERE site_id = :site_id AND user_id = :user_id AND friend_id IN (:friend_ids);

-- name: insert_friends(rows)!
INSERT INTO roster (site_id, user_id, friend_id, created_at) VALUES :rows;

-- name: lock_names(site_id, user_ids)
-- Those who are people of the site: they get no other name meanwhile. MySQL's version says FOR UPDATE.
SELECT user_id FROM users WHERE site_id = :site_id AND user_id IN (:user_ids) ORDER BY user_id;

-- name: name_friends(site_id, user_id, friend_ids)!
UPDATE roster SET name_folded = (
  SELECT u.name_folded FROM users u WHERE u.site_id = roster.site_id AND u.user_id = roster.friend_id
)
WHERE site_id = :site_id AND user_id = :user_id AND friend_id IN (:friend_ids);

-- name: rename_friends(pairs)!
-- People have come or have another name: in the lists of all who have them as a friend.
UPDATE roster SET name_folded = (
  SELECT u.name_folded FROM users u WHERE u.site_id = roster.site_id AND u.user_id = roster.friend_id
)
WHERE (site_id, friend_id) IN (:pairs);

-- name: delete_friends(site_id, user_id, friend_ids)!
DELETE FROM roster WHERE site_id = :site_id AND user_id = :user_id AND friend_id IN (:friend_ids);

-- name: list_followers(pairs, limit)
-- Who has any of these as a friend.
SELECT site_id, user_id FROM roster WHERE (site_id, friend_id) IN (:pairs) LIMIT :limit;
