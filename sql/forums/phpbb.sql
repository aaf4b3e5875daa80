-- phpBB 3.0 to 3.3. {prefix} is the prefix of its tables.

-- name: people()
-- user_type 2: bots, and the guest.
SELECT CAST(user_id AS CHAR), username, user_email, user_regdate, '' FROM {prefix}users
WHERE user_type <> 2 ORDER BY user_id;

-- name: friends()
SELECT CAST(user_id AS CHAR), CAST(zebra_id AS CHAR), 0 FROM {prefix}zebra WHERE friend = 1 ORDER BY user_id, zebra_id;

-- name: blocks()
SELECT CAST(user_id AS CHAR), CAST(zebra_id AS CHAR) FROM {prefix}zebra WHERE foe = 1 ORDER BY user_id, zebra_id;

-- name: messages()
-- A row per message and person who has it; the author has it, too.
SELECT m.msg_id, CAST(m.author_id AS CHAR), m.message_time, m.message_subject, m.message_text, m.bbcode_uid,
       m.to_address, m.bcc_address, CAST(t.user_id AS CHAR), t.pm_unread
FROM {prefix}privmsgs m
JOIN {prefix}privmsgs_to t ON t.msg_id = m.msg_id AND t.pm_deleted = 0
ORDER BY m.message_time, m.msg_id, t.user_id;
