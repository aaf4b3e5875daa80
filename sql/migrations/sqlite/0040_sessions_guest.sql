-- guest: the token that opened the session called the person a guest.
ALTER TABLE sessions ADD COLUMN guest INTEGER NOT NULL DEFAULT 0;
