-- name: take_migration_lock(name, seconds)
SELECT GET_LOCK(:name, :seconds);

-- name: give_migration_lock(name)
SELECT RELEASE_LOCK(:name);

-- name: table_sizes()
-- Estimates: name, rows, bytes.
SELECT table_name, table_rows, data_length + index_length FROM information_schema.tables WHERE table_schema = DATABASE();
