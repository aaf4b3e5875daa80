-- What happens to messages after they were sent; the conversation's row is locked first.

-- name: list_parts(site_id, conversation_id)
-- Of all kinds but rooms, which may have thousands.
SELECT user_id, role, hides FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id
ORDER BY user_id;

-- name: find_parts(site_id, conversation_id, user_ids)
SELECT user_id, role, hides FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id IN (:user_ids);

-- name: read_line(site_id, conversation_id, seq)!
-- For those who had read all before it.
UPDATE participants SET read_seq = :seq
WHERE site_id = :site_id AND conversation_id = :conversation_id AND read_seq = :seq - 1;

-- name: read_line_alone(site_id, conversation_id, user_id, seq)!
UPDATE participants SET read_seq = :seq
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id AND read_seq = :seq - 1;
