-- moderator: the host says that the person keeps order in the rooms of its pages and in its public rooms.
ALTER TABLE users ADD COLUMN moderator TINYINT NOT NULL DEFAULT 0;
