<?php
/** The functions of BuddyPress that the plugin calls; the page is always the profile of the administrator. */

function bp_is_active($component)
{
    return $component === 'friends' && get_option('test_friends_active', '1') === '1';
}

function friends_get_friend_user_ids($user_id)
{
    return $user_id === 2 ? [30, 4] : [];
}

function bp_displayed_user_id()
{
    return 1;
}

function bp_core_get_user_domain($user_id)
{
    return home_url("/members/$user_id/");
}
