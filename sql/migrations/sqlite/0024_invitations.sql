-- Who is asked to take part in a group or room, and has neither accepted nor declined.
CREATE TABLE IF NOT EXISTS invitations (
    site_id         TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    inviter_id      TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (site_id, user_id, conversation_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS invitations_by_conversation ON invitations (site_id, conversation_id, user_id);
