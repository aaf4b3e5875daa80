-- SQLite would rather walk through all of a site in the order that is wanted than look up a few and sort them;
-- the + keeps it from seeing that an index has this order.

-- name: load_participants(pairs)
SELECT site_id, conversation_id, user_id, read_seq, hides + 2 * request FROM participants
WHERE (site_id, conversation_id) IN (:pairs)
ORDER BY +site_id, conversation_id, user_id;
