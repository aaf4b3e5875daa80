-- name: insert_sessions(rows)!
INSERT INTO sessions (site_id, session_id, user_id, origin, created_at, expires_at, guest) VALUES :rows;

-- name: load_sessions(pairs)
SELECT site_id, session_id, user_id, origin, expires_at, revoked_at, guest
FROM sessions WHERE (site_id, session_id) IN (:pairs);

-- name: load_site_sessions(site_id, session_ids)
SELECT site_id, session_id, user_id, origin, expires_at, revoked_at, guest
FROM sessions WHERE site_id = :site_id AND session_id IN (:session_ids);

-- name: count_live_sessions(site_id, session_ids, now)
SELECT COUNT(*) FROM sessions
WHERE site_id = :site_id AND session_id IN (:session_ids) AND revoked_at IS NULL AND expires_at > :now;

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

-- name: insert_used_token(rows)!
INSERT INTO used_tokens (site_id, token_id, expires_at) VALUES :rows;

-- name: find_expired_used_tokens(now, limit)
SELECT site_id, token_id FROM used_tokens WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit;

-- name: delete_used_tokens(pairs)!
DELETE FROM used_tokens WHERE (site_id, token_id) IN (:pairs);

-- name: insert_tickets(rows)!
INSERT INTO tickets (site_id, ticket_id, session_id, expires_at) VALUES :rows;

-- name: find_ticket(site_id, ticket_id, now)
-- The columns of load_sessions, of the session behind a ticket that has not expired.
SELECT s.site_id, s.session_id, s.user_id, s.origin, s.expires_at, s.revoked_at, s.guest
FROM tickets t
JOIN sessions s ON s.site_id = t.site_id AND s.session_id = t.session_id
WHERE t.site_id = :site_id AND t.ticket_id = :ticket_id AND t.expires_at > :now;

-- name: find_expired_tickets(now, limit)
SELECT site_id, ticket_id FROM tickets WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit;

-- name: delete_tickets(pairs)!
DELETE FROM tickets WHERE (site_id, ticket_id) IN (:pairs);
