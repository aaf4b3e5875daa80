-- name: take_migration_lock(name, seconds)
SELECT GET_LOCK(:name, :seconds);

-- name: give_migration_lock(name)
SELECT RELEASE_LOCK(:name);
