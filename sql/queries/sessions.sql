-- name: insert_session(site_id, session_id, user_id, origin, now, expires_at)!
INSERT INTO sessions (site_id, session_id, user_id, origin, created_at, expires_at)
VALUES (:site_id, :session_id, :user_id, :origin, :now, :expires_at);

-- name: load_sessions(pairs)
SELECT site_id, session_id, user_id, origin, expires_at, revoked_at
FROM sessions WHERE (site_id, session_id) IN (:pairs);

-- name: revoke_session(site_id, session_id, now)!
UPDATE sessions SET revoked_at = :now
WHERE site_id = :site_id AND session_id = :session_id AND revoked_at IS NULL;

-- name: revoke_user(site_id, user_id, now)!
UPDATE sessions SET revoked_at = :now
WHERE site_id = :site_id AND user_id = :user_id AND revoked_at IS NULL;

-- name: find_expired_sessions(before, limit)
SELECT site_id, session_id FROM sessions WHERE expires_at < :before ORDER BY expires_at LIMIT :limit;

-- name: delete_sessions(pairs)!
DELETE FROM sessions WHERE (site_id, session_id) IN (:pairs);
