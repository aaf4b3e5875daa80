-- name: take_mail_watches(now, limit)
SELECT site_id, conversation_id FROM mail_watches WHERE due_at <= :now
ORDER BY due_at, site_id, conversation_id
LIMIT :limit
FOR UPDATE;

-- name: lock_mail_people(pairs)
SELECT site_id, user_id, due_at, told_at FROM mail_people WHERE (site_id, user_id) IN (:pairs)
ORDER BY site_id, user_id
FOR UPDATE;

-- name: lock_mail_person(site_id, user_id)
SELECT due_at, told_at, tries, step FROM mail_people WHERE site_id = :site_id AND user_id = :user_id
FOR UPDATE;
