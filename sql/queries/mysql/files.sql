-- What SQLite has under BEGIN IMMEDIATE, MySQL takes row by row; and an upsert of its own.

-- name: lock_files(pairs)
SELECT site_id, file_id, user_id, conversation_id, seq, place, thumb_place, thumb_bytes, about
FROM files WHERE (site_id, file_id) IN (:pairs) AND is_ready = 1 AND seq > -2
ORDER BY site_id, file_id
FOR UPDATE;

-- name: lock_due_files(pairs, now)
SELECT site_id, file_id, user_id, place, thumb_place, stored_bytes FROM files
WHERE (site_id, file_id) IN (:pairs) AND due_at <= :now
ORDER BY site_id, file_id
FOR UPDATE;

-- name: add_file_usage(rows)!
-- Numbers below zero give back.
INSERT INTO file_usage (site_id, user_id, bytes) VALUES :rows
ON DUPLICATE KEY UPDATE bytes = bytes + VALUES(bytes);
