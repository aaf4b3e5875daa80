-- What somebody may do on a site: 'owner' or 'moderator'. Admins of the installation need no row.
CREATE TABLE IF NOT EXISTS owner_roles (
    site_id    VARBINARY(32) NOT NULL,
    owner_id   VARBINARY(32) NOT NULL,
    role       VARBINARY(16) NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (site_id, owner_id),
    KEY owner_roles_by_owner (owner_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
