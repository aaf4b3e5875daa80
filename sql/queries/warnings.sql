-- Warnings that their member has not seen yet; ids grow with time.

-- name: insert_warning(site_id, user_id, warning_id, body, now)!
INSERT INTO warnings (site_id, user_id, warning_id, body, created_at) VALUES (:site_id, :user_id, :warning_id, :body, :now);

-- name: load_warnings(site_id, user_id)
SELECT warning_id, body, created_at FROM warnings
WHERE site_id = :site_id AND user_id = :user_id ORDER BY warning_id;

-- name: delete_warning(site_id, user_id, warning_id)!
DELETE FROM warnings WHERE site_id = :site_id AND user_id = :user_id AND warning_id = :warning_id;

-- name: delete_own_warnings(site_id, user_id)!
DELETE FROM warnings WHERE site_id = :site_id AND user_id = :user_id;

-- name: export_warning(site_id, user_id, after, limit)
SELECT warning_id, body, created_at FROM warnings
WHERE site_id = :site_id AND user_id = :user_id AND warning_id > :after ORDER BY warning_id LIMIT :limit;
