-- Look-ups of writer.sql, locks.sql, log.sql and moderation.sql whose rows come as one text, so that a commit of
-- hundreds of sends does not cost a packet per row. The columns are those of the plain statement, none of them NULL.
-- A list of keys is read in the order of the primary key, whatever its own: that is the order of the locks.

-- name: lock_conversations_packed(pairs)
SELECT COUNT(*), GROUP_CONCAT(site_id, x'00', conversation_id, x'00', last_seq, x'00', kind SEPARATOR x'00')
FROM conversations FORCE INDEX (PRIMARY)
WHERE (site_id, conversation_id) IN (:pairs)
FOR UPDATE;

-- name: load_participants_packed(pairs)
SELECT COUNT(*), GROUP_CONCAT(
    site_id, x'00', conversation_id, x'00', user_id, x'00', read_seq, x'00', hides + 2 * request SEPARATOR x'00'
)
FROM participants FORCE INDEX (PRIMARY)
WHERE (site_id, conversation_id) IN (:pairs);

-- name: lock_streams_packed(pairs)
SELECT COUNT(*), GROUP_CONCAT(
    site_id, x'00', user_id, x'00', head, x'00', head_tag, x'00', floor SEPARATOR x'00'
)
FROM streams FORCE INDEX (PRIMARY)
WHERE (site_id, user_id) IN (:pairs)
FOR UPDATE;

-- name: load_heads_packed(pairs)
SELECT COUNT(*), GROUP_CONCAT(
    site_id, x'00', user_id, x'00', head, x'00', head_tag, x'00', floor SEPARATOR x'00'
)
FROM streams FORCE INDEX (PRIMARY)
WHERE (site_id, user_id) IN (:pairs);

-- name: lock_standings_packed(pairs)
SELECT COUNT(*), GROUP_CONCAT(site_id, x'00', user_id, x'00', banned_until SEPARATOR x'00')
FROM users FORCE INDEX (PRIMARY)
WHERE (site_id, user_id) IN (:pairs)
LOCK IN SHARE MODE;
