-- Many counters in one statement. The rows exist: nothing is inserted but leases, workers and people.

-- name: save_conversations(rows)!
INSERT INTO conversations (site_id, conversation_id, last_seq, last_at, kind, created_at) VALUES :rows
ON CONFLICT (site_id, conversation_id) DO UPDATE SET last_seq = excluded.last_seq, last_at = excluded.last_at;

-- name: save_read_marks(rows)!
INSERT INTO participants (site_id, conversation_id, user_id, read_seq) VALUES :rows
ON CONFLICT (site_id, conversation_id, user_id) DO UPDATE SET read_seq = excluded.read_seq, unread_mark = 0;

-- name: save_mentions(rows)!
INSERT INTO participants (site_id, conversation_id, user_id, mentioned_seq) VALUES :rows
ON CONFLICT (site_id, conversation_id, user_id)
DO UPDATE SET mentioned_seq = max(participants.mentioned_seq, excluded.mentioned_seq);

-- name: save_told(rows)!
INSERT INTO participants (site_id, conversation_id, user_id, told_seq, delivered_seq) VALUES :rows
ON CONFLICT (site_id, conversation_id, user_id)
DO UPDATE SET told_seq = excluded.told_seq, delivered_seq = excluded.delivered_seq;

-- name: save_room_sends(rows)!
INSERT INTO room_sends (site_id, conversation_id, user_id, sent_at) VALUES :rows
ON CONFLICT (site_id, conversation_id, user_id) DO UPDATE SET sent_at = excluded.sent_at;

-- name: save_streams(rows)!
INSERT INTO streams (site_id, user_id, head, head_tag) VALUES :rows
ON CONFLICT (site_id, user_id) DO UPDATE SET head = excluded.head, head_tag = excluded.head_tag;

-- name: insert_leases(rows)!
INSERT INTO leases (site_id, user_id, worker_id) VALUES :rows
ON CONFLICT (site_id, user_id, worker_id) DO NOTHING;

-- name: beat_worker(worker_id, now)!
INSERT INTO workers (worker_id, beat_at) VALUES (:worker_id, :now)
ON CONFLICT (worker_id) DO UPDATE SET beat_at = excluded.beat_at;

-- name: save_users(rows)!
-- New people, and those whose profile has changed.
INSERT INTO users
  (site_id, user_id, name, name_folded, avatar, url, roles, guest, email, joined, moderator, posts, trust, version,
   created_at, seen_at)
VALUES :rows
ON CONFLICT (site_id, user_id) DO UPDATE SET
  name = excluded.name, name_folded = excluded.name_folded, avatar = excluded.avatar,
  url = excluded.url, roles = excluded.roles,
  guest = excluded.guest, email = excluded.email, joined = excluded.joined,
  moderator = excluded.moderator, posts = excluded.posts, trust = excluded.trust, version = users.version + 1, seen_at = excluded.seen_at;

-- name: save_names(rows)!
-- The presence of new people, and the order of those who were there.
INSERT INTO presence (site_id, user_id, chosen, status_text, shown, changed_at, name_folded) VALUES :rows
ON CONFLICT (site_id, user_id) DO UPDATE SET name_folded = excluded.name_folded;

-- name: save_walls(rows)!
INSERT INTO blocks (site_id, user_id, other_id, blocks, blocked, created_at) VALUES :rows
ON CONFLICT (site_id, user_id, other_id) DO UPDATE SET
  blocks = excluded.blocks, blocked = excluded.blocked, created_at = excluded.created_at;

-- name: save_preferences(rows)!
INSERT INTO preferences (site_id, user_id, receipts, typing, presence, settings) VALUES :rows
ON CONFLICT (site_id, user_id) DO UPDATE SET
  receipts = excluded.receipts, typing = excluded.typing, presence = excluded.presence, settings = excluded.settings;

-- name: open_budgets(rows)!
-- Makes the rows that are missing.
INSERT INTO site_budgets (site_id, day, messages, spent_until) VALUES :rows
ON CONFLICT (site_id) DO NOTHING;

-- name: save_budgets(rows)!
INSERT INTO site_budgets (site_id, day, messages, spent_until) VALUES :rows
ON CONFLICT (site_id) DO UPDATE SET day = excluded.day, messages = excluded.messages, spent_until = excluded.spent_until;

-- name: begin_audit(site_id, hash)!
INSERT INTO audit_heads (site_id, n, hash) VALUES (:site_id, 0, :hash)
ON CONFLICT (site_id) DO NOTHING;

-- name: save_house_rules(rows)!
INSERT INTO house_rules (site_id, body, changed_at) VALUES :rows
ON CONFLICT (site_id) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at;

-- name: save_ban(rows)!
INSERT INTO bans (site_id, user_id, until_ms, reason, actor, created_at) VALUES :rows
ON CONFLICT (site_id, user_id) DO UPDATE SET
  until_ms = excluded.until_ms, reason = excluded.reason, actor = excluded.actor, created_at = excluded.created_at;

-- name: begin_newcomers(rows)!
INSERT INTO newcomers (site_id, user_id, sent, recent, talks) VALUES :rows
ON CONFLICT (site_id, user_id) DO NOTHING;

-- name: save_newcomers(rows)!
INSERT INTO newcomers (site_id, user_id, sent, recent, talks) VALUES :rows
ON CONFLICT (site_id, user_id) DO UPDATE SET sent = excluded.sent, recent = excluded.recent, talks = excluded.talks;

-- name: insert_held(rows)!
-- Whose id is taken waits already.
INSERT INTO held
  (site_id, held_id, sender_id, client_id, conversation_id, body, dressing, reason, state, created_at)
VALUES :rows
ON CONFLICT (site_id, sender_id, client_id) DO NOTHING;
