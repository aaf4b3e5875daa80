-- Bringing in what another program had, in bulk; and how far each file has come.

-- name: find_import(site_id, import_id)
SELECT at_bytes, at_line, taken, fresh, refused, refused_bytes, is_done FROM imports
WHERE site_id = :site_id AND import_id = :import_id;

-- name: delete_import(site_id, import_id)!
DELETE FROM imports WHERE site_id = :site_id AND import_id = :import_id;

-- name: load_names(site_id, user_ids)
-- What the people are called where they are somebody's friend.
SELECT user_id, name_folded FROM users WHERE site_id = :site_id AND user_id IN (:user_ids);

-- name: share_names(site_id, user_ids)
-- The same, and nobody changes it meanwhile. MySQL's version says so.
SELECT user_id, name_folded FROM users WHERE site_id = :site_id AND user_id IN (:user_ids);

-- name: find_tails(pairs)
-- What a conversation ends with; the caller holds it.
SELECT site_id, conversation_id, last_seq, last_at FROM conversations WHERE (site_id, conversation_id) IN (:pairs);

-- name: raise_floors(pairs)!
-- Whoever stands anywhere but at the head has to read the state again.
UPDATE streams SET floor = head - 1 WHERE (site_id, user_id) IN (:pairs) AND head > 0;

-- name: delete_below_floors(pairs)!
DELETE FROM inbox WHERE (site_id, user_id) IN (:pairs) AND useq <= (
  SELECT s.floor FROM streams s WHERE s.site_id = inbox.site_id AND s.user_id = inbox.user_id
);

-- name: count_roster_rows(site_id)
SELECT COUNT(*) FROM roster WHERE site_id = :site_id;
