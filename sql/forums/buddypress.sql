-- BuddyPress 2 to 14 and BuddyBoss, within WordPress. {prefix} is the prefix of its tables. Times are UTC.

-- name: people()
SELECT CAST(ID AS CHAR), display_name, user_email, UNIX_TIMESTAMP(user_registered), user_nicename FROM {prefix}users
ORDER BY ID;

-- name: friends()
SELECT CAST(initiator_user_id AS CHAR), CAST(friend_user_id AS CHAR), UNIX_TIMESTAMP(date_created)
FROM {prefix}bp_friends WHERE is_confirmed = 1 ORDER BY id;

-- name: messages()
-- A row per message and person of its thread. The last column counts the messages from this one to the thread's end:
-- the last unread_count of them are unread.
SELECT m.id, CAST(m.sender_id AS CHAR), UNIX_TIMESTAMP(m.date_sent), m.subject, m.message, m.thread_id,
       CAST(r.user_id AS CHAR), r.unread_count,
       (SELECT COUNT(*) FROM {prefix}bp_messages_messages l WHERE l.thread_id = m.thread_id AND l.id >= m.id)
FROM {prefix}bp_messages_messages m
JOIN {prefix}bp_messages_recipients r ON r.thread_id = m.thread_id
ORDER BY m.date_sent, m.id, r.user_id;
