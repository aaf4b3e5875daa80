-- What somebody may do on a site: 'owner' or 'moderator'. Admins of the installation need no row.
CREATE TABLE IF NOT EXISTS owner_roles (
    site_id    TEXT NOT NULL,
    owner_id   TEXT NOT NULL,
    role       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, owner_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS owner_roles_by_owner ON owner_roles (owner_id);
