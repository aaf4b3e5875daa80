<?php
/** The plugin's settings: one option, and a page for those who may manage options. */

declare(strict_types=1);

defined('ABSPATH') || exit;

const IMSERVER_DEFAULTS = ['url' => '', 'id' => '', 'key_id' => '', 'secret' => '', 'email' => false];

add_action('admin_menu', function (): void {
    add_options_page('Messenger', 'Messenger', 'manage_options', 'imserver', 'imserver_show_settings');
});
add_action('admin_init', function (): void {
    // options.php asks for the capability and the nonce of the form before anything gets here.
    register_setting('imserver', 'imserver', ['type' => 'array', 'sanitize_callback' => 'imserver_check_settings']);
});

/** Return the settings; IMSERVER_SECRET in wp-config.php goes before the one that is stored. */
function imserver_settings(): array
{
    $settings = wp_parse_args(get_option('imserver', []), IMSERVER_DEFAULTS);
    if (defined('IMSERVER_SECRET')) {
        $settings['secret'] = IMSERVER_SECRET;
    }
    return $settings;
}

/** Return what is to be stored: all of $given, or, with a message, nothing of it. An empty secret stays as it was. */
function imserver_check_settings($given): array
{
    $stored = wp_parse_args(get_option('imserver', []), IMSERVER_DEFAULTS);
    // The first time WordPress asks twice, the second time for what was answered.
    if ($given === $stored) {
        return $stored;
    }
    $given = is_array($given) ? $given : [];
    $wanted = ['email' => !empty($given['email'])];
    foreach (['url', 'id', 'key_id', 'secret'] as $name) {
        $wanted[$name] = trim(is_string($given[$name] ?? null) ? $given[$name] : '');
    }
    $wanted['url'] = rtrim($wanted['url'], '/');
    $wanted['secret'] = $wanted['secret'] === '' ? $stored['secret'] : $wanted['secret'];
    $wrong = imserver_find_mistakes($wanted);
    foreach ($wrong as $name => $message) {
        add_settings_error('imserver', 'imserver-' . $name, $message);
    }
    return $wrong ? $stored : $wanted;
}

function imserver_find_mistakes(array $settings): array
{
    $wrong = [];
    if (!preg_match('~^(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:\d{1,5})?$~Di', $settings['url'])) {
        $wrong['url'] = 'The address of the messenger is like https://im.example.com, without a path.';
    }
    if (!preg_match('/^[a-z0-9][a-z0-9_-]{0,31}$/D', $settings['id'])) {
        $wrong['id'] = 'The site is what "bin/im site add" printed behind "site", such as s_9f2.';
    }
    if (!preg_match('/^[A-Za-z0-9_-]{1,64}$/D', $settings['key_id'])) {
        $wrong['key_id'] = 'The key id is what "bin/im site add" printed behind "key id".';
    }
    if (strlen($settings['secret']) < IM_SECRET_BYTES && !defined('IMSERVER_SECRET')) {
        $wrong['secret'] = 'The secret is what "bin/im site add" printed behind "secret": 32 characters at least.';
    }
    return $wrong;
}

function imserver_show_settings(): void
{
    if (!current_user_can('manage_options')) {
        wp_die(esc_html('You may not manage the settings of this site.'), '', ['response' => 403]);
    }
    $settings = imserver_settings();
    ?>
<div class="wrap">
<h1>Messenger</h1>
<p>The four values are what <code>bin/im site add "<?= esc_html(get_bloginfo('name')) ?>" --origin <?= esc_html(imserver_origin()) ?></code> prints.</p>
<form method="post" action="options.php">
<?php settings_fields('imserver') ?>
<table class="form-table" role="presentation">
<?php
    imserver_show_field('url', 'Address of the messenger', $settings['url'], 'https://im.example.com');
    imserver_show_field('id', 'Site', $settings['id'], 's_9f2');
    imserver_show_field('key_id', 'Key id', $settings['key_id'], '');
    // A secret that was stored is never shown again.
    imserver_show_field('secret', 'Secret', '', $settings['secret'] === '' ? '' : 'stored; leave empty to keep it');
    ?>
<tr><th scope="row">Mail</th><td><label><input type="checkbox" name="imserver[email]" value="1" <?php checked($settings['email']) ?>>
Tell the messenger the members’ addresses, for mail about missed messages. They are shown to nobody.</label></td></tr>
</table>
<?php submit_button() ?>
</form>
<?php if (function_exists('friends_get_friend_user_ids')): ?>
<p>Friends come from BuddyPress. The address at which the messenger may ask for them (README.md says how to tell it):
<code><?= esc_html(rest_url('imserver/v1/friends')) ?></code></p>
<?php endif ?>
</div>
<?php
}

function imserver_show_field(string $name, string $label, string $value, string $placeholder): void
{
    printf(
        '<tr><th scope="row"><label for="imserver-%1$s">%2$s</label></th><td><input class="regular-text" id="imserver-%1$s"'
            . ' name="imserver[%1$s]" type="%5$s" value="%3$s" placeholder="%4$s" autocomplete="off" spellcheck="false"></td></tr>',
        esc_attr($name),
        esc_html($label),
        esc_attr($value),
        esc_attr($placeholder),
        $name === 'secret' ? 'password' : 'text'
    );
}

/** Return the origin of the pages, as the messenger has to know it. */
function imserver_origin(): string
{
    $parts = wp_parse_url(home_url());
    return $parts['scheme'] . '://' . $parts['host'] . (isset($parts['port']) ? ':' . $parts['port'] : '');
}
