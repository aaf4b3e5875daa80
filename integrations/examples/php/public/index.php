<?php
declare(strict_types=1);
require __DIR__ . '/../community.php';

open_session();
$site = site();
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    if (($_SERVER['HTTP_SEC_FETCH_SITE'] ?? '') === 'cross-site') {
        http_response_code(403);
        exit('Not from another site.');
    }
    is_string($_POST['member'] ?? null) ? sign_in($_POST['member']) : session_destroy();
    header('Location: /', true, 303);
    exit;
}
$member = member();
$origin = $site['url'];
header("Content-Security-Policy: default-src 'none'; script-src 'self' $origin; frame-src $origin; connect-src 'self'; style-src 'self'; img-src data:; form-action 'self'");
header('Cache-Control: no-store');   // the page holds a token
?>
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lantern Hill</title>
<link rel="stylesheet" href="/community.css">
<link rel="icon" href="data:,">
<script type="module" src="/sign-out.js"></script>
<?= im_tag($member, $site, ['token-url' => '/im-token.php']) ?>

</head>
<body>
<header>
  <h1>Lantern Hill</h1>
<?php if ($member): ?>
  <p>Signed in as <?= im_escape($member['name']) ?> <b class="count" data-im-unread></b></p>
  <form method="post" data-sign-out><button>Sign out</button></form>
<?php else: ?>
  <form method="post">
<?php foreach (MEMBERS as $one): ?>
    <button name="member" value="<?= im_escape($one['id']) ?>">Sign in as <?= im_escape($one['name']) ?></button>
<?php endforeach ?>
  </form>
<?php endif ?>
</header>
<main>
<?php foreach (POSTS as $post): $author = MEMBERS[$post['by']]; $is_own = $author === $member; ?>
  <article>
    <p><?= im_escape($post['text']) ?></p>
    <footer>by <a href="/#<?= im_escape($author['id']) ?>"<?php if (!$is_own): ?> data-im-user="<?= im_escape($author['id']) ?>"<?php endif ?>><?= im_escape($author['name']) ?></a></footer>
  </article>
<?php endforeach ?>
</main>
</body>
</html>
