-- name: insert_room(site_id, conversation_id, name, owner_id)!
INSERT INTO rooms (site_id, conversation_id, name, owner_id)
VALUES (:site_id, :conversation_id, :name, :owner_id);

-- name: join_conversation(site_id, conversation_id, user_id, read_seq, now)!
INSERT INTO participants (site_id, conversation_id, user_id, read_seq, joined_at)
VALUES (:site_id, :conversation_id, :user_id, :read_seq, :now);

-- name: leave_conversation(site_id, conversation_id, user_id)!
DELETE FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id;

-- name: list_participants(site_id, conversation_id)
SELECT user_id FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id
ORDER BY user_id;
