-- BuddyPress 2 to 14 and BuddyBoss, within WordPress. {prefix} is the prefix of its tables. Times are UTC.

-- name: people()
SELECT CAST(ID AS CHAR), display_name, user_email, UNIX_TIMESTAMP(user_registered), user_nicename FROM {prefix}users
ORDER BY ID;

-- name: friends()
SELECT CAST(initiator_user_id AS CHAR), CAST(friend_user_id AS CHAR), UNIX_TIMESTAMP(date_created)
FROM {prefix}bp_friends WHERE is_confirmed = 1 ORDER BY id;

-- name: threads()
-- How many messages each thread has.
SELECT thread_id, COUNT(*) FROM {prefix}bp_messages_messages GROUP BY thread_id;

-- name: can_be_deleted()
-- Only BuddyBoss has the column.
SELECT COUNT(*) FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{prefix}bp_messages_messages' AND COLUMN_NAME = 'is_deleted';

-- name: deleted()
SELECT id FROM {prefix}bp_messages_messages WHERE is_deleted = 1;

-- name: messages()
-- A row per message and person of its thread.
SELECT m.id, CAST(m.sender_id AS CHAR), UNIX_TIMESTAMP(m.date_sent), m.subject, m.message, m.thread_id,
       CAST(r.user_id AS CHAR), r.unread_count
FROM {prefix}bp_messages_messages m
JOIN {prefix}bp_messages_recipients r ON r.thread_id = m.thread_id
ORDER BY m.date_sent, m.id, r.user_id;
