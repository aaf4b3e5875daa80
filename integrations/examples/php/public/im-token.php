<?php
declare(strict_types=1);
require __DIR__ . '/../community.php';

open_session();
$member = member();
session_write_close();   // a page that waits for its token must not hold up the next one
im_answer_token($member, site());
