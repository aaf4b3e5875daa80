-- House rules, bans, newcomers, held messages, and the queue of reports.

-- name: load_house_rules(site_ids)
SELECT site_id, body FROM house_rules WHERE site_id IN (:site_ids);

-- name: lock_standings(pairs)
-- SQLite has the whole database locked already; MySQL's version holds the rows, so that a ban waits for sends that
-- are under way, and sends that begin after it see it.
SELECT site_id, user_id, banned_until FROM users
WHERE (site_id, user_id) IN (:pairs)
ORDER BY site_id, user_id;

-- name: lock_newcomers(pairs)
SELECT site_id, user_id, sent, recent, talks FROM newcomers
WHERE (site_id, user_id) IN (:pairs)
ORDER BY site_id, user_id;

-- name: find_standings(site_id, user_ids)
SELECT site_id, user_id, banned_until, created_at, joined, posts, trust, moderator FROM users
WHERE site_id = :site_id AND user_id IN (:user_ids);

-- name: set_banned_until(site_id, user_id, until_ms)!
UPDATE users SET banned_until = :until_ms WHERE site_id = :site_id AND user_id = :user_id;

-- name: find_bans_now(pairs, now)
SELECT site_id, user_id, until_ms FROM bans WHERE (site_id, user_id) IN (:pairs) AND until_ms > :now;

-- name: load_ban(site_id, user_id)
SELECT user_id, until_ms, reason, actor, created_at FROM bans WHERE site_id = :site_id AND user_id = :user_id;

-- name: lift_site_ban(site_id, user_id)!
DELETE FROM bans WHERE site_id = :site_id AND user_id = :user_id;

-- name: page_bans(site_id, created_at, user_id, limit)
-- The latest first, before a place.
SELECT b.user_id, b.until_ms, b.reason, b.actor, b.created_at, COALESCE(u.name, '')
FROM bans b
LEFT JOIN users u ON u.site_id = b.site_id AND u.user_id = b.user_id
WHERE b.site_id = :site_id AND b.created_at <= :created_at
  AND (b.created_at < :created_at OR b.user_id < :user_id)
ORDER BY b.created_at DESC, b.user_id DESC
LIMIT :limit;

-- name: live_sessions_of(site_id, user_id, now)
SELECT session_id, origin, created_at, expires_at FROM sessions
WHERE site_id = :site_id AND user_id = :user_id AND revoked_at IS NULL AND expires_at > :now
ORDER BY created_at;

-- name: delete_leases_of(site_id, user_id)!
DELETE FROM leases WHERE site_id = :site_id AND user_id = :user_id;

-- name: find_held(triples)
SELECT site_id, sender_id, client_id, state, created_at FROM held
WHERE (site_id, sender_id, client_id) IN (:triples);

-- name: load_held(site_id, held_id)
SELECT held_id, sender_id, client_id, conversation_id, body, dressing, reason, state, created_at FROM held
WHERE site_id = :site_id AND held_id = :held_id;

-- name: page_held(site_id, state, created_at, held_id, limit)
-- The oldest first, after a place, without what they say.
SELECT h.held_id, h.sender_id, h.conversation_id, c.kind, h.reason, h.state, h.created_at, COALESCE(u.name, '')
FROM held h
JOIN conversations c ON c.site_id = h.site_id AND c.conversation_id = h.conversation_id
LEFT JOIN users u ON u.site_id = h.site_id AND u.user_id = h.sender_id
WHERE h.site_id = :site_id AND h.state = :state AND h.created_at >= :created_at
  AND (h.created_at > :created_at OR h.held_id > :held_id)
ORDER BY h.created_at, h.held_id
LIMIT :limit;

-- name: count_held(site_id, state)
SELECT COUNT(*) FROM held WHERE site_id = :site_id AND state = :state;

-- name: decide_held(site_id, held_id, state)!
UPDATE held SET state = :state, body = '', dressing = '' WHERE site_id = :site_id AND held_id = :held_id;

-- name: delete_own_newcomer(site_id, user_id)!
DELETE FROM newcomers WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_own_held(site_id, user_id)!
DELETE FROM held WHERE site_id = :site_id AND sender_id = :user_id;

-- name: find_decided_held(before, limit)
SELECT site_id, held_id FROM held WHERE state <> 'waiting' AND created_at < :before LIMIT :limit;

-- name: delete_held(pairs)!
DELETE FROM held WHERE (site_id, held_id) IN (:pairs);

-- name: page_reports(site_id, state, created_at, report_id, limit)
-- The oldest first, after a place, without what was said.
SELECT p.report_id, p.reporter_id, COALESCE(r.name, ''), p.user_id, COALESCE(u.name, ''), COALESCE(c.kind, ''),
       p.reason, p.note, p.state, p.created_at, p.outcome, p.decided_by, p.decided_at
FROM reports p
LEFT JOIN users r ON r.site_id = p.site_id AND r.user_id = p.reporter_id
LEFT JOIN users u ON u.site_id = p.site_id AND u.user_id = p.user_id
LEFT JOIN conversations c ON c.site_id = p.site_id AND c.conversation_id = p.conversation_id
WHERE p.site_id = :site_id AND p.state = :state AND p.created_at >= :created_at
  AND (p.created_at > :created_at OR p.report_id > :report_id)
ORDER BY p.created_at, p.report_id
LIMIT :limit;

-- name: count_reports(site_id, state)
SELECT COUNT(*) FROM reports WHERE site_id = :site_id AND state = :state;

-- name: load_report(site_id, report_id)
-- The columns of page_reports, and what was said.
SELECT p.report_id, p.reporter_id, COALESCE(r.name, ''), p.user_id, COALESCE(u.name, ''), COALESCE(c.kind, ''),
       p.reason, p.note, p.state, p.created_at, p.outcome, p.decided_by, p.decided_at,
       p.conversation_id, p.seq, p.body, p.sent_at
FROM reports p
LEFT JOIN users r ON r.site_id = p.site_id AND r.user_id = p.reporter_id
LEFT JOIN users u ON u.site_id = p.site_id AND u.user_id = p.user_id
LEFT JOIN conversations c ON c.site_id = p.site_id AND c.conversation_id = p.conversation_id
WHERE p.site_id = :site_id AND p.report_id = :report_id;

-- name: messages_between(site_id, conversation_id, first_seq, last_seq)
SELECT seq, sender_id, client_id, body, created_at, extra, version FROM messages
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq >= :first_seq AND seq <= :last_seq
ORDER BY seq;

-- name: close_report(site_id, report_id, state, outcome, actor, now)!
UPDATE reports SET state = :state, outcome = :outcome, decided_by = :actor, decided_at = :now
WHERE site_id = :site_id AND report_id = :report_id;

-- name: find_old_reports(before, limit)
SELECT site_id, report_id FROM reports WHERE state = 'closed' AND decided_at < :before LIMIT :limit;

-- name: delete_reports(pairs)!
DELETE FROM reports WHERE (site_id, report_id) IN (:pairs);

-- name: page_site_members(site_id, former, name_folded, user_id, limit)
-- former: the one in whose name stands what erased members have left.
SELECT u.user_id, u.name, u.avatar, u.url, u.guest, u.bot, u.moderator, u.joined, u.posts, u.trust, u.banned_until,
       u.created_at, u.seen_at, u.name_folded, COALESCE(p.shown, 'offline')
FROM users u
LEFT JOIN presence p ON p.site_id = u.site_id AND p.user_id = u.user_id
WHERE u.site_id = :site_id AND u.name_folded >= :name_folded
  AND (u.name_folded > :name_folded OR u.user_id > :user_id) AND u.user_id <> :former
ORDER BY u.name_folded, u.user_id
LIMIT :limit;

-- name: page_site_members_found(site_id, former, low, high, name_folded, user_id, limit)
SELECT u.user_id, u.name, u.avatar, u.url, u.guest, u.bot, u.moderator, u.joined, u.posts, u.trust, u.banned_until,
       u.created_at, u.seen_at, u.name_folded, COALESCE(p.shown, 'offline')
FROM (
  SELECT DISTINCT n.user_id FROM name_words n
  WHERE n.site_id = :site_id AND n.word >= :low AND n.word < :high
) hit
JOIN users u ON u.site_id = :site_id AND u.user_id = hit.user_id
LEFT JOIN presence p ON p.site_id = u.site_id AND p.user_id = u.user_id
WHERE u.name_folded >= :name_folded AND (u.name_folded > :name_folded OR u.user_id > :user_id)
  AND u.user_id <> :former
ORDER BY u.name_folded, u.user_id
LIMIT :limit;

-- name: load_site_member(site_id, user_id)
SELECT u.user_id, u.name, u.avatar, u.url, u.guest, u.bot, u.moderator, u.joined, u.posts, u.trust, u.banned_until,
       u.created_at, u.seen_at, u.name_folded, COALESCE(p.shown, 'offline')
FROM users u
LEFT JOIN presence p ON p.site_id = u.site_id AND p.user_id = u.user_id
WHERE u.site_id = :site_id AND u.user_id = :user_id;

-- name: count_of_member(site_id, user_id, most)
SELECT
  (SELECT COUNT(*) FROM
     (SELECT m.seq FROM messages m WHERE m.site_id = :site_id AND m.sender_id = :user_id LIMIT :most) sent),
  (SELECT COUNT(*) FROM participants t WHERE t.site_id = :site_id AND t.user_id = :user_id),
  (SELECT COUNT(*) FROM reports r WHERE r.site_id = :site_id AND r.user_id = :user_id);

-- name: page_conversations_of(site_id, user_id, after, limit)
-- By what is known without reading them: the number of those who take part, of messages, and times.
SELECT c.conversation_id, c.kind, CASE WHEN c.kind = 'direct' THEN 2 ELSE COALESCE(g.members, 0) END,
       c.last_seq, c.last_at, c.created_at
FROM participants t
JOIN conversations c ON c.site_id = t.site_id AND c.conversation_id = t.conversation_id
LEFT JOIN rooms g ON g.site_id = t.site_id AND g.conversation_id = t.conversation_id
WHERE t.site_id = :site_id AND t.user_id = :user_id AND t.conversation_id > :after
ORDER BY t.conversation_id
LIMIT :limit;

-- name: page_site_conversations(site_id, after, limit)
SELECT c.conversation_id, c.kind, CASE WHEN c.kind = 'direct' THEN 2 ELSE COALESCE(g.members, 0) END,
       c.last_seq, c.last_at, c.created_at
FROM conversations c
LEFT JOIN rooms g ON g.site_id = c.site_id AND g.conversation_id = c.conversation_id
WHERE c.site_id = :site_id AND c.conversation_id > :after
ORDER BY c.conversation_id
LIMIT :limit;

-- name: page_participants(site_id, conversation_id, limit)
SELECT t.user_id, COALESCE(u.name, ''), t.role, t.read_seq, t.joined_at FROM participants t
LEFT JOIN users u ON u.site_id = t.site_id AND u.user_id = t.user_id
WHERE t.site_id = :site_id AND t.conversation_id = :conversation_id
ORDER BY t.user_id
LIMIT :limit;

-- name: walk_conversations(site_id, after, limit)
SELECT conversation_id, kind, last_seq, last_at FROM conversations
WHERE site_id = :site_id AND conversation_id > :after
ORDER BY conversation_id
LIMIT :limit;

-- What goes with a whole site.

-- name: erase_site_audit(site_id, limit)!
DELETE FROM audit WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_audit_heads(site_id, limit)!
DELETE FROM audit_heads WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_bans(site_id, limit)!
DELETE FROM bans WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_held(site_id, limit)!
DELETE FROM held WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_house_rules(site_id, limit)!
DELETE FROM house_rules WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_newcomers(site_id, limit)!
DELETE FROM newcomers WHERE site_id = :site_id AND :limit > 0;
