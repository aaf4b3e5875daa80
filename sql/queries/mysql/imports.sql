-- name: add_friends(rows)!
-- Those who are friends already stay as they are, and are not counted.
INSERT INTO roster (site_id, user_id, friend_id, created_at, name_folded) VALUES :rows
ON DUPLICATE KEY UPDATE created_at = roster.created_at;

-- name: share_names(site_id, user_ids)
SELECT user_id, name_folded FROM users WHERE site_id = :site_id AND user_id IN (:user_ids)
ORDER BY user_id LOCK IN SHARE MODE;

-- name: save_import(rows)!
INSERT INTO imports
  (site_id, import_id, kind, at_bytes, at_line, taken, fresh, refused, refused_bytes, is_done, changed_at)
VALUES :rows
ON DUPLICATE KEY UPDATE
  at_bytes = VALUES(at_bytes), at_line = VALUES(at_line), taken = VALUES(taken), fresh = VALUES(fresh),
  refused = VALUES(refused), refused_bytes = VALUES(refused_bytes), is_done = VALUES(is_done),
  changed_at = VALUES(changed_at);
