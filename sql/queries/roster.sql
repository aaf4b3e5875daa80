-- name: load_roster(site_id, user_id)
SELECT friend_id FROM roster WHERE site_id = :site_id AND user_id = :user_id;

-- name: count_friends(site_id, user_id)
-- Only those who are people of the site: what the list of friends shows.
SELECT COUNT(*)
FROM roster r
JOIN users u ON u.site_id = r.site_id AND u.user_id = r.friend_id
WHERE r.site_id = :site_id AND r.user_id = :user_id;

-- name: find_friends(site_id, user_id, friend_ids)
SELECT friend_id FROM roster
WHERE site_id = :site_id AND user_id = :user_id AND friend_id IN (:friend_ids);

-- name: insert_friends(rows)!
INSERT INTO roster (site_id, user_id, friend_id, created_at) VALUES :rows;

-- name: delete_friends(site_id, user_id, friend_ids)!
DELETE FROM roster WHERE site_id = :site_id AND user_id = :user_id AND friend_id IN (:friend_ids);
