-- private: 1 while the person has the presence switch off, and so neither shows nor sees presence.
ALTER TABLE presence ADD COLUMN private INTEGER NOT NULL DEFAULT 0;

CREATE INDEX IF NOT EXISTS presence_private ON presence (private, site_id, user_id) WHERE private = 1;
