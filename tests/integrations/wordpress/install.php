<?php
/** Makes the tables and a few users in the WordPress of the folder that is named, and switches the plugin on. */

define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = parse_url($argv[2], PHP_URL_HOST) . ':' . parse_url($argv[2], PHP_URL_PORT);
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';

/** Nobody gets a mail. */
function wp_new_blog_notification()
{
}

require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';

wp_install('Lantern Hill', 'admin', 'admin@community.example', true, '', 'admin-password');
wp_insert_user([
    'user_login' => 'bob',
    'user_pass' => 'bob-password',
    'user_email' => 'bob@community.example',
    'display_name' => 'Bob "Bo" O\'Hara & Söhne 🦉',
    'role' => 'subscriber',
]);
update_option('stylesheet', 'plain');
update_option('template', 'plain');
$failed = activate_plugin('imserver/imserver.php');
echo is_wp_error($failed) ? $failed->get_error_message() : 'installed';
