-- What a person has to do with a conversation; all of it is changed only under the conversation's lock.
-- role: owner, moderator or member. delivered_seq: how far their devices have it. mentioned_seq: the last that
-- mentions them. muted_until: ms, 0 not muted. unread_mark: marked unread by hand. request: a stranger wrote
-- and has not been accepted. hides: has blocked the other one of this direct conversation.
ALTER TABLE participants
    ADD COLUMN role          VARBINARY(16) NOT NULL DEFAULT 'member',
    ADD COLUMN delivered_seq BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN mentioned_seq BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN muted_until   BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN unread_mark   INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN request       INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN hides         INTEGER NOT NULL DEFAULT 0;
