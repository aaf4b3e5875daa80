-- Links that work once: an invitation to a site (role 'owner' or 'moderator'), to the installation ('admin', no
-- site), or to a new password (role ''). link_id: the first 16 bytes of the secret's SHA-256.
CREATE TABLE IF NOT EXISTS owner_links (
    site_id    VARBINARY(32) NOT NULL,
    link_id    BINARY(16) NOT NULL,
    email      VARBINARY(254) NOT NULL,
    role       VARBINARY(16) NOT NULL,
    made_by    VARBINARY(254) NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (site_id, link_id),
    UNIQUE KEY owner_links_by_id (link_id),
    KEY owner_links_by_end (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
