-- name: load_people(site_id, user_ids)
SELECT user_id, name, avatar, url, roles, guest, email, joined, moderator, posts, trust
FROM users WHERE site_id = :site_id AND user_id IN (:user_ids);

-- name: load_profiles(pairs)
SELECT site_id, user_id, name, avatar, url, roles, guest, email, joined, moderator, posts, trust
FROM users WHERE (site_id, user_id) IN (:pairs);

-- name: insert_streams(rows)!
INSERT INTO streams (site_id, user_id) VALUES :rows;

-- name: delete_name_words(pairs)!
DELETE FROM name_words WHERE (site_id, user_id) IN (:pairs);

-- name: insert_name_words(rows)!
INSERT INTO name_words (site_id, word, user_id) VALUES :rows;
