<?php
// Everything comes from the environment, so that the same tree serves several sites.
define('DB_NAME', getenv('TEST_DB_NAME'));
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . getenv('TEST_DB_SOCKET'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $name) {
    define($name, 'test ' . $name . str_repeat('.', 40));
}
define('WP_HOME', getenv('TEST_URL'));
define('WP_SITEURL', getenv('TEST_URL'));
define('WP_CONTENT_DIR', getenv('TEST_CONTENT'));
define('WP_CONTENT_URL', getenv('TEST_URL') . '/wp-content');
// A test talks to nobody.
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', true);
define('WP_DEBUG_LOG', getenv('TEST_CONTENT') . '/debug.log');
define('WP_DEBUG_DISPLAY', false);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
