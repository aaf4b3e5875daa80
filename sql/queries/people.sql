-- name: load_people(site_id, user_ids)
SELECT user_id, name, avatar, url, roles
FROM users WHERE site_id = :site_id AND user_id IN (:user_ids);

-- name: insert_user(site_id, user_id, name, name_folded, avatar, url, roles, now)!
INSERT INTO users (site_id, user_id, name, name_folded, avatar, url, roles, version, created_at, seen_at)
VALUES (:site_id, :user_id, :name, :name_folded, :avatar, :url, :roles, 1, :now, :now);

-- name: insert_stream(site_id, user_id)!
INSERT INTO streams (site_id, user_id) VALUES (:site_id, :user_id);

-- name: insert_presence(site_id, user_id, name_folded, now)!
INSERT INTO presence (site_id, user_id, chosen, status_text, shown, changed_at, name_folded)
VALUES (:site_id, :user_id, 'online', '', 'offline', :now, :name_folded);

-- name: update_user(site_id, user_id, name, name_folded, avatar, url, roles, now)!
UPDATE users
SET name = :name, name_folded = :name_folded, avatar = :avatar, url = :url, roles = :roles,
    version = version + 1, seen_at = :now
WHERE site_id = :site_id AND user_id = :user_id;

-- name: rename_presence(site_id, user_id, name_folded)!
UPDATE presence SET name_folded = :name_folded WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_name_words(site_id, user_id)!
DELETE FROM name_words WHERE site_id = :site_id AND user_id = :user_id;

-- name: insert_name_words(rows)!
INSERT INTO name_words (site_id, word, user_id) VALUES :rows;
