-- Links that work once: an invitation to a site (role 'owner' or 'moderator'), to the installation ('admin', no
-- site), or to a new password (role ''). link_id: the first 16 bytes of the secret's SHA-256.
CREATE TABLE IF NOT EXISTS owner_links (
    site_id    TEXT NOT NULL,
    link_id    BLOB NOT NULL,
    email      TEXT NOT NULL,
    role       TEXT NOT NULL,
    made_by    TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, link_id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX IF NOT EXISTS owner_links_by_id ON owner_links (link_id);

CREATE INDEX IF NOT EXISTS owner_links_by_end ON owner_links (expires_at);
