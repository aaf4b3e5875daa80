-- name: list_migrations()
SELECT version, name, checksum FROM schema_migrations ORDER BY version;

-- name: insert_migration(version, name, checksum, now)!
INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (:version, :name, :checksum, :now);

-- name: ping()
SELECT 1;
