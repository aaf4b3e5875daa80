-- Secrets of the installation itself, each made when it is first asked for.
CREATE TABLE IF NOT EXISTS installation (
    name       VARBINARY(32) NOT NULL,
    secret     BINARY(32) NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
