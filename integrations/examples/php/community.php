<?php
/** The community: its members, who is signed in, and its place at the messenger. Outside the folder that the web sees. */

declare(strict_types=1);

require __DIR__ . '/../../tokens/php/im.php';   // in a project of your own: a copy beside this file

// Yours come from your database. The id is what the messenger knows a member by, so it never changes.
const MEMBERS = [
    '1' => ['id' => '1', 'name' => 'Ada'],
    '2' => ['id' => '2', 'name' => 'Bob "Bo" O\'Hara'],
];
const POSTS = [
    ['by' => '1', 'text' => 'The lanterns are up again. Who comes to the hill on Friday?'],
    ['by' => '2', 'text' => 'I do, with <tea> & cake.'],
];

function site(): array
{
    $site = [];
    foreach (['url', 'id' => 'site', 'key_id', 'secret'] as $key => $name) {
        $value = getenv('MESSENGER_' . strtoupper($name));
        if ($value === false || $value === '') {
            http_response_code(500);
            exit('Set MESSENGER_' . strtoupper($name) . ', as README.md says.');
        }
        $site[is_int($key) ? $name : $key] = $value;
    }
    return $site;
}

function open_session(): void
{
    session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax', 'use_strict_mode' => true]);
}

/** Return the member who is signed in, or null. */
function member(): ?array
{
    return MEMBERS[$_SESSION['member'] ?? ''] ?? null;
}

/** A real community asks for a password here. */
function sign_in(string $id): void
{
    if (isset(MEMBERS[$id])) {
        session_regenerate_id(true);
        $_SESSION['member'] = $id;
    }
}
