-- private: 1 while the person has the presence switch off, and so neither shows nor sees presence.
ALTER TABLE presence
    ADD COLUMN private TINYINT NOT NULL DEFAULT 0,
    ADD KEY presence_private (private, site_id, user_id);
