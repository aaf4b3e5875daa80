-- name: table_sizes()
-- SQLite keeps no account of what a table takes: name, 0, 0.
SELECT name, 0, 0 FROM sqlite_master WHERE type = 'table';
