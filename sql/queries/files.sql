-- Files and what they take. Locks: files by key, then file_usage by key, after conversations and before streams.

-- name: insert_files(rows)!
INSERT INTO files
  (site_id, file_id, user_id, conversation_id, place, thumb_place, thumb_bytes, stored_bytes, about, due_at, created_at)
VALUES :rows;

-- name: mark_file_ready(site_id, file_id)!
UPDATE files SET is_ready = 1 WHERE site_id = :site_id AND file_id = :file_id AND seq = 0;

-- name: load_files(pairs)
SELECT site_id, file_id, user_id, conversation_id, seq, place, thumb_place, thumb_bytes, about
FROM files WHERE (site_id, file_id) IN (:pairs) AND is_ready = 1 AND seq > -2;

-- name: lock_files(pairs)
-- As load_files; SQLite has the whole database locked already.
SELECT site_id, file_id, user_id, conversation_id, seq, place, thumb_place, thumb_bytes, about
FROM files WHERE (site_id, file_id) IN (:pairs) AND is_ready = 1 AND seq > -2
ORDER BY site_id, file_id;

-- name: claim_file(site_id, file_id, seq)!
UPDATE files SET seq = :seq, due_at = NULL WHERE site_id = :site_id AND file_id = :file_id;

-- name: keep_files(pairs)!
-- Those of a message that waits for a moderator: not sent yet, and not due either.
UPDATE files SET due_at = NULL WHERE (site_id, file_id) IN (:pairs) AND seq = 0;

-- name: drop_kept_file(site_id, file_id, now)!
-- Of a message that was refused; one that another message has taken since stays that one's.
UPDATE files SET seq = -2, due_at = :now WHERE site_id = :site_id AND file_id = :file_id AND seq = 0;

-- name: drop_file(site_id, file_id, now)!
UPDATE files SET seq = -2, due_at = :now WHERE site_id = :site_id AND file_id = :file_id;

-- name: drop_message_files(site_id, conversation_id, seq, now)!
UPDATE files SET seq = -2, due_at = :now
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq = :seq;

-- name: find_due_files(now, limit)
SELECT site_id, file_id FROM files WHERE due_at <= :now ORDER BY due_at LIMIT :limit;

-- name: lock_due_files(pairs, now)
-- SQLite has the whole database locked already.
SELECT site_id, file_id, user_id, place, thumb_place, stored_bytes FROM files
WHERE (site_id, file_id) IN (:pairs) AND due_at <= :now
ORDER BY site_id, file_id;

-- name: drop_files(pairs)!
UPDATE files SET seq = -2 WHERE (site_id, file_id) IN (:pairs);

-- name: delete_files(pairs)!
DELETE FROM files WHERE (site_id, file_id) IN (:pairs);

-- name: load_file_usage(site_id, user_ids)
SELECT user_id, bytes FROM file_usage WHERE site_id = :site_id AND user_id IN (:user_ids);

-- name: find_secret(name)
SELECT secret FROM installation WHERE name = :name;

-- name: insert_secret(name, secret, now)!
INSERT INTO installation (name, secret, created_at) VALUES (:name, :secret, :now);
