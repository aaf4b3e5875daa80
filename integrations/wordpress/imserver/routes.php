<?php
/** Two addresses below /wp-json/imserver/v1/: fresh tokens for our own pages, and friends for the messenger. */

declare(strict_types=1);

defined('ABSPATH') || exit;

add_action('rest_api_init', function (): void {
    // Whoever may have an answer is found out in the answer: by the cookie here, by the signature there.
    $open = ['methods' => 'GET', 'permission_callback' => '__return_true'];
    register_rest_route('imserver/v1', '/token', $open + ['callback' => 'imserver_answer_token']);
    register_rest_route('imserver/v1', '/friends', $open + [
        'callback' => 'imserver_answer_friends',
        'args' => ['user' => ['required' => true, 'type' => 'string']],
    ]);
});

/**
 * Answer with a token for the member whose cookie came along.
 *
 * WordPress wants a nonce before it believes the cookie, and a nonce ends while a page stays open. What it protects
 * against, pages of other sites, is kept out here: WordPress would let any origin read the answer.
 */
function imserver_answer_token(WP_REST_Request $request)
{
    $site = imserver_site();
    $origin = $request->get_header('Origin');
    if (($origin !== null && $origin !== imserver_origin()) || $request->get_header('Sec-Fetch-Site') === 'cross-site') {
        return new WP_Error('imserver_foreign', 'Only for pages of this site.', ['status' => 403]);
    }
    $user = get_user_by('id', wp_validate_auth_cookie('', 'logged_in'));
    $member = $user ? imserver_member($user) : null;
    if (!$site || !$member) {
        return new WP_Error('imserver_signed_out', 'Nobody is signed in.', ['status' => 401]);
    }
    return new WP_REST_Response(['token' => im_token($member, $site)], 200, ['Cache-Control' => 'no-store']);
}

/** Answer the messenger's question for a member's friends: ids, as BuddyPress has them. */
function imserver_answer_friends(WP_REST_Request $request)
{
    $site = imserver_site();
    $user_id = $request->get_param('user');
    $signature = (string) $request->get_header('X-IM-Signature');
    if (!$site || !im_is_asked_by_messenger($signature, $user_id, $site['secret'])) {
        return new WP_Error('imserver_unsigned', 'The signature is wrong, or older than five minutes.', ['status' => 401]);
    }
    if (!function_exists('friends_get_friend_user_ids') || !bp_is_active('friends')) {
        return new WP_Error('imserver_no_friends', 'BuddyPress, or its friends, are not active.', ['status' => 404]);
    }
    $ids = array_values(array_map('strval', friends_get_friend_user_ids((int) $user_id)));
    sort($ids);
    $tag = '"' . md5(implode(',', $ids)) . '"';
    $same = $request->get_header('If-None-Match') === $tag;
    return new WP_REST_Response($same ? null : $ids, $same ? 304 : 200, ['ETag' => $tag, 'Cache-Control' => 'no-cache']);
}
