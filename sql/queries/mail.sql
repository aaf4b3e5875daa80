-- name: insert_mail_watches(rows)!
INSERT INTO mail_watches (site_id, conversation_id, due_at) VALUES :rows;

-- name: find_mail_watches(pairs)
SELECT site_id, conversation_id FROM mail_watches WHERE (site_id, conversation_id) IN (:pairs);

-- name: take_mail_watches(now, limit)
-- Conversations in which something may have been missed.
SELECT site_id, conversation_id FROM mail_watches WHERE due_at <= :now
ORDER BY due_at, site_id, conversation_id
LIMIT :limit;

-- name: delete_mail_watches(pairs)!
DELETE FROM mail_watches WHERE (site_id, conversation_id) IN (:pairs);

-- name: find_missing(site_id, conversation_id, now)
-- Who has an address and has not read everything; in a room only those who are named.
SELECT me.user_id FROM participants me
JOIN conversations c ON c.site_id = me.site_id AND c.conversation_id = me.conversation_id
JOIN users u ON u.site_id = me.site_id AND u.user_id = me.user_id
WHERE me.site_id = :site_id AND me.conversation_id = :conversation_id AND me.read_seq < c.last_seq
  AND me.muted_until <= :now AND me.request = 0 AND me.hides = 0 AND u.email <> '' AND u.guest = 0
  AND (c.kind <> 'room' OR me.mentioned_seq > me.read_seq)
ORDER BY me.user_id;

-- name: lock_mail_people(pairs)
SELECT site_id, user_id, due_at, told_at FROM mail_people WHERE (site_id, user_id) IN (:pairs)
ORDER BY site_id, user_id;

-- name: insert_mail_people(rows)!
INSERT INTO mail_people (site_id, user_id, due_at) VALUES :rows;

-- name: hasten_mail_person(site_id, user_id, due_at)!
UPDATE mail_people SET due_at = :due_at
WHERE site_id = :site_id AND user_id = :user_id AND due_at > :due_at AND step = '';

-- name: find_due_mail(now, limit)
-- Whoever has a claim that is still good has a due_at in the future.
SELECT site_id, user_id FROM mail_people WHERE due_at <= :now
ORDER BY due_at, site_id, user_id
LIMIT :limit;

-- name: lock_mail_person(site_id, user_id)
SELECT due_at, told_at, tries, step FROM mail_people WHERE site_id = :site_id AND user_id = :user_id;

-- name: claim_mail_person(site_id, user_id, claim, step, due_at)!
UPDATE mail_people SET claim = :claim, step = :step, due_at = :due_at
WHERE site_id = :site_id AND user_id = :user_id;

-- name: step_mail_person(site_id, user_id, claim, step)!
UPDATE mail_people SET step = :step
WHERE site_id = :site_id AND user_id = :user_id AND claim = :claim AND step = 'claimed';

-- name: settle_mail_person(site_id, user_id, claim, due_at, told_at, tries)!
UPDATE mail_people SET due_at = :due_at, told_at = :told_at, tries = :tries, step = '', claim = ''
WHERE site_id = :site_id AND user_id = :user_id AND claim = :claim;

-- name: find_any_lease(site_id, user_id)
SELECT worker_id FROM leases WHERE site_id = :site_id AND user_id = :user_id LIMIT 1;

-- name: list_missed(site_id, user_id, now, after, limit)
-- What somebody has not read, the most recent conversation first.
SELECT c.conversation_id, c.kind, c.last_seq, me.read_seq FROM participants me
JOIN conversations c ON c.site_id = me.site_id AND c.conversation_id = me.conversation_id
WHERE me.site_id = :site_id AND me.user_id = :user_id AND me.read_seq < c.last_seq AND c.last_at >= :after
  AND me.muted_until <= :now AND me.request = 0 AND me.hides = 0
  AND (c.kind <> 'room' OR me.mentioned_seq > me.read_seq)
ORDER BY c.last_at DESC, c.conversation_id
LIMIT :limit;
