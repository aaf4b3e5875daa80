-- Many counters in one statement. The rows exist and are locked: nothing is inserted but leases, workers and people.
-- VALUES(x), not a row alias: MariaDB knows no alias.

-- name: save_conversations(rows)!
INSERT INTO conversations (site_id, conversation_id, last_seq, last_at, kind, created_at) VALUES :rows
ON DUPLICATE KEY UPDATE last_seq = VALUES(last_seq), last_at = VALUES(last_at);

-- name: save_read_marks(rows)!
INSERT INTO participants (site_id, conversation_id, user_id, read_seq) VALUES :rows
ON DUPLICATE KEY UPDATE read_seq = VALUES(read_seq), unread_mark = 0;

-- name: save_mentions(rows)!
INSERT INTO participants (site_id, conversation_id, user_id, mentioned_seq) VALUES :rows
ON DUPLICATE KEY UPDATE mentioned_seq = GREATEST(mentioned_seq, VALUES(mentioned_seq));

-- name: save_told(rows)!
INSERT INTO participants (site_id, conversation_id, user_id, told_seq, delivered_seq) VALUES :rows
ON DUPLICATE KEY UPDATE told_seq = VALUES(told_seq), delivered_seq = VALUES(delivered_seq);

-- name: save_room_sends(rows)!
INSERT INTO room_sends (site_id, conversation_id, user_id, sent_at) VALUES :rows
ON DUPLICATE KEY UPDATE sent_at = VALUES(sent_at);

-- name: save_streams(rows)!
INSERT INTO streams (site_id, user_id, head, head_tag) VALUES :rows
ON DUPLICATE KEY UPDATE head = VALUES(head), head_tag = VALUES(head_tag);

-- name: insert_leases(rows)!
INSERT INTO leases (site_id, user_id, worker_id) VALUES :rows
ON DUPLICATE KEY UPDATE worker_id = VALUES(worker_id);

-- name: beat_worker(worker_id, now)!
INSERT INTO workers (worker_id, beat_at) VALUES (:worker_id, :now)
ON DUPLICATE KEY UPDATE beat_at = VALUES(beat_at);

-- name: save_users(rows)!
-- New people, and those whose profile has changed.
INSERT INTO users
  (site_id, user_id, name, name_folded, avatar, url, roles, guest, email, joined, moderator, posts, trust, version,
   created_at, seen_at)
VALUES :rows
ON DUPLICATE KEY UPDATE
  name = VALUES(name), name_folded = VALUES(name_folded), avatar = VALUES(avatar),
  url = VALUES(url), roles = VALUES(roles),
  guest = VALUES(guest), email = VALUES(email), joined = VALUES(joined),
  moderator = VALUES(moderator), posts = VALUES(posts), trust = VALUES(trust), version = version + 1, seen_at = VALUES(seen_at);

-- name: save_names(rows)!
-- The presence of new people, and the order of those who were there.
INSERT INTO presence (site_id, user_id, chosen, status_text, shown, changed_at, name_folded) VALUES :rows
ON DUPLICATE KEY UPDATE name_folded = VALUES(name_folded);

-- name: save_walls(rows)!
INSERT INTO blocks (site_id, user_id, other_id, blocks, blocked, created_at) VALUES :rows
ON DUPLICATE KEY UPDATE blocks = VALUES(blocks), blocked = VALUES(blocked), created_at = VALUES(created_at);

-- name: save_preferences(rows)!
INSERT INTO preferences (site_id, user_id, receipts, typing, presence, settings) VALUES :rows
ON DUPLICATE KEY UPDATE
  receipts = VALUES(receipts), typing = VALUES(typing), presence = VALUES(presence), settings = VALUES(settings);

-- name: open_budgets(rows)!
-- Makes the rows that are missing and locks all of them.
INSERT INTO site_budgets (site_id, day, messages, spent_until) VALUES :rows
ON DUPLICATE KEY UPDATE day = day;

-- name: save_budgets(rows)!
INSERT INTO site_budgets (site_id, day, messages, spent_until) VALUES :rows
ON DUPLICATE KEY UPDATE day = VALUES(day), messages = VALUES(messages), spent_until = VALUES(spent_until);

-- name: begin_audit(site_id, hash)!
INSERT INTO audit_heads (site_id, n, hash) VALUES (:site_id, 0, :hash)
ON DUPLICATE KEY UPDATE n = n;

-- name: save_house_rules(rows)!
INSERT INTO house_rules (site_id, body, changed_at) VALUES :rows
ON DUPLICATE KEY UPDATE body = VALUES(body), changed_at = VALUES(changed_at);

-- name: save_ban(rows)!
INSERT INTO bans (site_id, user_id, until_ms, reason, actor, created_at) VALUES :rows
ON DUPLICATE KEY UPDATE
  until_ms = VALUES(until_ms), reason = VALUES(reason), actor = VALUES(actor), created_at = VALUES(created_at);

-- name: begin_newcomers(rows)!
INSERT INTO newcomers (site_id, user_id, sent, recent, talks) VALUES :rows
ON DUPLICATE KEY UPDATE sent = sent;

-- name: save_newcomers(rows)!
INSERT INTO newcomers (site_id, user_id, sent, recent, talks) VALUES :rows
ON DUPLICATE KEY UPDATE sent = VALUES(sent), recent = VALUES(recent), talks = VALUES(talks);

-- name: insert_held(rows)!
-- Whose id is taken waits already.
INSERT INTO held
  (site_id, held_id, sender_id, client_id, conversation_id, body, dressing, reason, state, created_at)
VALUES :rows
ON DUPLICATE KEY UPDATE state = state;
