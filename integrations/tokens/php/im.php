<?php
/**
 * Signs the members of your community in to the messenger: one file, no library, PHP 7.2 or newer.
 *
 *     $site = ['url' => 'https://im.example.com', 'id' => 's_9f2', 'key_id' => 'k1', 'secret' => '...'];
 *     $member = ['id' => 42, 'name' => 'Ada', 'avatar' => 'https://forum.example.com/ada.png'];   // null: nobody
 *
 *     echo im_tag($member, $site, ['token-url' => '/im-token.php']);   // in every page, anywhere
 *     im_answer_token($member, $site);                                 // all that /im-token.php does
 *
 * A member may also have url, email, roles, guest, moderator, joined, posts: docs/api.md, "Signing in". Texts are
 * UTF-8. If the messenger asks your server for friends, im_is_asked_by_messenger() tells whether it is the messenger.
 */

declare(strict_types=1);

// Long enough for a clock that is minutes off, short enough for a page that was saved: widgets fetch a new one.
const IM_TOKEN_SECONDS = 600;
const IM_NAME_CHARACTERS = 80;
const IM_ADDRESS_CHARACTERS = 500;
const IM_ID_BYTES = 128;
const IM_SECRET_BYTES = 32;
// Control characters, and those that turn the text around them: a token that has one is refused.
const IM_REFUSED = '/[\p{Cc}\x{202A}-\x{202E}\x{2066}-\x{2069}]+/u';

/** Return the member's token; throw InvalidArgumentException if the member or the site is not complete. */
function im_token(array $member, array $site, ?int $now = null): string
{
    if (strlen($site['secret'] ?? '') < IM_SECRET_BYTES || ($site['id'] ?? '') === '' || ($site['key_id'] ?? '') === '') {
        throw new InvalidArgumentException('The site needs id, key_id and secret, as "bin/im site add" printed them.');
    }
    $header = ['alg' => 'HS256', 'typ' => 'JWT', 'kid' => $site['key_id']];
    $claims = im_claims($member, $site['id'], $now ?? time());
    $signed = im_base64url(im_json($header)) . '.' . im_base64url(im_json($claims));
    return $signed . '.' . im_base64url(hash_hmac('sha256', $signed, $site['secret'], true));
}

/** Return the script tag for a page that the member looks at; '' if nobody is signed in. */
function im_tag(?array $member, array $site, array $data = []): string
{
    if ($member === null) {
        return '';
    }
    $tag = '<script async src="' . im_escape($site['url'] . '/im.js') . '"';
    foreach (['site' => $site['id'], 'token' => im_token($member, $site)] + $data as $name => $value) {
        $tag .= ' data-' . $name . '="' . im_escape((string) $value) . '"';
    }
    return $tag . '></script>';
}

/** Answer a request to data-token-url: a fresh token for the member who is signed in, 401 for nobody. */
function im_answer_token(?array $member, array $site): void
{
    // No page of another site has any business here; browsers that do not say where from cannot read the answer.
    $foreign = ($_SERVER['HTTP_SEC_FETCH_SITE'] ?? '') === 'cross-site';
    http_response_code($foreign ? 403 : ($member === null ? 401 : 200));
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    header('X-Content-Type-Options: nosniff');
    echo im_json($foreign || $member === null ? ['error' => 'Nobody is signed in.'] : ['token' => im_token($member, $site)]);
}

/** Tell whether the messenger's question for the friends of $user_id is signed, and not older than five minutes. */
function im_is_asked_by_messenger(string $signature, string $user_id, string $secret, ?int $now = null): bool
{
    if (!preg_match('/^t=(\d{1,12})((?:,v1=[0-9a-f]{64})+)$/D', $signature, $parts)) {
        return false;
    }
    $right = hash_hmac('sha256', $parts[1] . '.' . $user_id, $secret);
    $is_right = false;
    foreach (explode(',v1=', substr($parts[2], 4)) as $given) {
        $is_right = hash_equals($right, $given) || $is_right;
    }
    return $is_right && abs(($now ?? time()) - (int) $parts[1]) <= 300;
}

function im_claims(array $member, string $site_id, int $now): array
{
    $id = (string) ($member['id'] ?? '');
    if ($id === '' || strlen($id) > IM_ID_BYTES || im_clean($id) !== $id) {
        throw new InvalidArgumentException('A member has an id of 1 to 128 bytes, without control characters.');
    }
    preg_match('/^.{0,' . IM_NAME_CHARACTERS . '}/us', trim(im_clean((string) ($member['name'] ?? ''))), $name);
    $own = ['iss' => $site_id, 'sub' => $id, 'exp' => $now + IM_TOKEN_SECONDS, 'name' => $name[0]];
    foreach (['avatar', 'url'] as $claim) {
        $own += im_is_address((string) ($member[$claim] ?? '')) ? [$claim => $member[$claim]] : [];
    }
    return $own + array_filter(array_diff_key($member, ['id' => 1, 'avatar' => 1, 'url' => 1]), function ($value) {
        return $value !== null;
    });
}

function im_is_address(string $text): bool
{
    return im_clean($text) === $text
        && preg_match('~^https?://[A-Za-z0-9._:-]+(?:[/?#].*)?$~D', $text) === 1
        && preg_match('/^.{0,' . IM_ADDRESS_CHARACTERS . '}$/usD', $text) === 1;
}

function im_clean(string $text): string
{
    // What is no UTF-8 becomes a question mark in a box; a pattern would refuse the whole text.
    $text = json_decode(json_encode($text, JSON_INVALID_UTF8_SUBSTITUTE));
    return preg_replace(IM_REFUSED, ' ', $text);
}

function im_json(array $value): string
{
    $json = json_encode($value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
    if ($json === false) {
        throw new InvalidArgumentException('A member cannot be written as JSON: ' . json_last_error_msg());
    }
    return $json;
}

function im_base64url(string $bytes): string
{
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}

function im_escape(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}
