-- What a member takes along, a page at a time; and a site.

-- name: export_profile(site_id, user_id)
SELECT user_id, name, avatar, url, roles, guest, email, joined, moderator, created_at, seen_at FROM users
WHERE site_id = :site_id AND user_id = :user_id;

-- name: export_presence(site_id, user_id, limit)
SELECT chosen, status_text, changed_at FROM presence WHERE site_id = :site_id AND user_id = :user_id LIMIT :limit;

-- name: export_friend(site_id, user_id, after, limit)
SELECT friend_id, created_at FROM roster
WHERE site_id = :site_id AND user_id = :user_id AND friend_id > :after ORDER BY friend_id LIMIT :limit;

-- name: export_block(site_id, user_id, after, limit)
-- Their own; who has blocked them is the others'.
SELECT other_id, created_at FROM blocks
WHERE site_id = :site_id AND user_id = :user_id AND blocks = 1 AND other_id > :after ORDER BY other_id LIMIT :limit;

-- name: export_invitation(site_id, user_id, after, limit)
SELECT conversation_id, inviter_id, created_at FROM invitations
WHERE site_id = :site_id AND user_id = :user_id AND conversation_id > :after ORDER BY conversation_id LIMIT :limit;

-- name: export_session(site_id, user_id, after, limit)
-- Since when they are signed in and where; the proofs themselves stay here.
SELECT created_at, expires_at, origin FROM sessions
WHERE site_id = :site_id AND user_id = :user_id AND created_at > :after ORDER BY created_at LIMIT :limit;

-- name: export_report(site_id, user_id, after, limit)
SELECT report_id, user_id, conversation_id, seq, body, sent_at, reason, note, state, created_at FROM reports
WHERE site_id = :site_id AND reporter_id = :user_id AND report_id > :after ORDER BY report_id LIMIT :limit;

-- name: export_reaction(site_id, user_id, conversation_id, seq, emoji, limit)
SELECT conversation_id, seq, emoji, created_at FROM reactions
WHERE site_id = :site_id AND user_id = :user_id
  AND (conversation_id > :conversation_id OR (conversation_id = :conversation_id AND (seq > :seq OR (seq = :seq AND emoji > :emoji))))
ORDER BY conversation_id, seq, emoji LIMIT :limit;

-- name: export_conversation(site_id, user_id, after, limit)
SELECT t.conversation_id, c.kind, COALESCE(g.name, ''), t.role, t.joined_at, t.read_seq, c.last_seq, c.last_at
FROM participants t
JOIN conversations c ON c.site_id = t.site_id AND c.conversation_id = t.conversation_id
LEFT JOIN rooms g ON g.site_id = t.site_id AND g.conversation_id = t.conversation_id
WHERE t.site_id = :site_id AND t.user_id = :user_id AND t.conversation_id > :after
ORDER BY t.conversation_id LIMIT :limit;

-- name: export_file(site_id, user_id, after, limit)
SELECT file_id, conversation_id, place, about FROM files
WHERE site_id = :site_id AND user_id = :user_id AND is_ready = 1 AND seq > -2 AND file_id > :after
ORDER BY file_id LIMIT :limit;

-- name: export_site_users(site_id, after, limit)
SELECT user_id, name, avatar, url, roles, guest, email, joined, moderator, created_at, seen_at FROM users
WHERE site_id = :site_id AND user_id > :after ORDER BY user_id LIMIT :limit;

-- name: export_site_roster(site_id, after, after_second, limit)
SELECT user_id, friend_id, created_at FROM roster
WHERE site_id = :site_id AND (user_id > :after OR (user_id = :after AND friend_id > :after_second))
ORDER BY user_id, friend_id LIMIT :limit;

-- name: export_site_blocks(site_id, after, after_second, limit)
SELECT user_id, other_id, created_at FROM blocks
WHERE site_id = :site_id AND blocks = 1 AND (user_id > :after OR (user_id = :after AND other_id > :after_second))
ORDER BY user_id, other_id LIMIT :limit;

-- name: export_site_conversations(site_id, after, limit)
SELECT c.conversation_id, c.kind, COALESCE(g.name, '') AS name, COALESCE(g.topic, '') AS topic,
       COALESCE(g.page, '') AS page, c.last_seq, c.last_at, c.created_at
FROM conversations c
LEFT JOIN rooms g ON g.site_id = c.site_id AND g.conversation_id = c.conversation_id
WHERE c.site_id = :site_id AND c.conversation_id > :after ORDER BY c.conversation_id LIMIT :limit;

-- name: export_site_participants(site_id, after, after_second, limit)
SELECT conversation_id, user_id, role, joined_at, read_seq FROM participants
WHERE site_id = :site_id AND (conversation_id > :after OR (conversation_id = :after AND user_id > :after_second))
ORDER BY conversation_id, user_id LIMIT :limit;

-- name: export_site_messages(site_id, after, after_second, limit)
SELECT conversation_id, seq, sender_id, body, created_at, extra FROM messages
WHERE site_id = :site_id AND (conversation_id > :after OR (conversation_id = :after AND seq > :after_second))
ORDER BY conversation_id, seq LIMIT :limit;

-- name: export_site_files(site_id, after, limit)
SELECT file_id, user_id, conversation_id, seq, place, about, created_at FROM files
WHERE site_id = :site_id AND is_ready = 1 AND seq > -2 AND file_id > :after ORDER BY file_id LIMIT :limit;

-- name: export_site_reports(site_id, after, limit)
SELECT report_id, reporter_id, user_id, conversation_id, seq, body, sent_at, reason, note, state, created_at FROM reports
WHERE site_id = :site_id AND report_id > :after ORDER BY report_id LIMIT :limit;

-- name: list_kept_files(site_id, after, limit)
SELECT file_id, place, stored_bytes - thumb_bytes, thumb_place, thumb_bytes FROM files
WHERE site_id = :site_id AND is_ready = 1 AND seq > -2 AND file_id > :after ORDER BY file_id LIMIT :limit;

-- name: list_client_ids(site_id)
-- What every message of a site was known by when it was sent: whoever sent them asks which have been stored.
SELECT client_id FROM messages WHERE site_id = :site_id;
