<?php
/**
 * Plugin Name:       Messenger (imserver)
 * Description:       Your community's own messenger on every page, for the members who are signed in.
 * Version:           0.1.0
 * Requires at least: 5.9
 * Requires PHP:      7.2
 * License:           MIT
 */

declare(strict_types=1);

defined('ABSPATH') || exit;

require_once __DIR__ . '/im.php';
require_once __DIR__ . '/settings.php';
require_once __DIR__ . '/routes.php';

add_action('template_redirect', 'imserver_keep_out_of_caches');
add_action('wp_enqueue_scripts', 'imserver_add_scripts');
add_action('wp_footer', 'imserver_print_tag');
add_action('bp_member_header_actions', 'imserver_print_profile_button');

/** Return what the settings say of the site, for im.php; null as long as they are not complete. */
function imserver_site(): ?array
{
    $site = imserver_settings();
    return in_array('', [$site['url'], $site['id'], $site['key_id'], $site['secret']], true) ? null : $site;
}

/** Return the messenger's member for a user; the filter imserver_member may change what is said, or return null. */
function imserver_member(WP_User $user): ?array
{
    if (!$user->exists()) {
        return null;
    }
    // WordPress keeps names as they stand in HTML.
    $member = [
        'id' => (string) $user->ID,
        'name' => wp_specialchars_decode($user->display_name, ENT_QUOTES),
        'avatar' => (string) get_avatar_url($user->ID, ['size' => 96]),
        'url' => function_exists('bp_core_get_user_domain') ? bp_core_get_user_domain($user->ID) : get_author_posts_url($user->ID),
        'joined' => (int) strtotime($user->user_registered . ' UTC'),
        'moderator' => user_can($user, 'moderate_comments'),
        'email' => imserver_settings()['email'] ? $user->user_email : null,
    ];
    return apply_filters('imserver_member', $member, $user);
}

/** A page with somebody's token in it is nobody else's. */
function imserver_keep_out_of_caches(): void
{
    if (is_user_logged_in() && imserver_site()) {
        defined('DONOTCACHEPAGE') || define('DONOTCACHEPAGE', true);
        nocache_headers();
    }
}

function imserver_add_scripts(): void
{
    if (is_user_logged_in() && imserver_site()) {
        wp_enqueue_style('imserver', plugins_url('imserver.css', __FILE__), [], '0.1.0');
        wp_enqueue_script('imserver-sign-out', plugins_url('sign-out.js', __FILE__), [], '0.1.0', true);
    }
}

function imserver_print_tag(): void
{
    $site = imserver_site();
    if ($site) {
        // im_tag() escapes every attribute itself.
        echo im_tag(imserver_member(wp_get_current_user()), $site, [
            'token-url' => rest_url('imserver/v1/token'),
            'locale' => imserver_locale(get_user_locale()),
        ]), "\n";
    }
}

/** Return what a browser understands of names such as de_DE_formal. */
function imserver_locale(string $name): string
{
    preg_match('/^[a-z]{2,3}(_[a-z]{2})?(?=_|$)/i', $name, $found);
    return str_replace('_', '-', $found[0] ?? '');
}

/** A button on BuddyPress profiles; it is there as soon as the messenger knows the member. */
function imserver_print_profile_button(): void
{
    $user_id = bp_displayed_user_id();
    if (is_user_logged_in() && imserver_site() && $user_id !== get_current_user_id()) {
        printf(
            '<div class="generic-button"><button type="button" class="imserver-chat" data-im-user="%s">%s</button></div>',
            esc_attr((string) $user_id),
            esc_html__('Chat', 'imserver')
        );
    }
}
