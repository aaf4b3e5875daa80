<?php
// Each line of standard input is a call; each line of the output its value, or what it refused.
declare(strict_types=1);
require $argv[1];

function carry_out(array $call)
{
    if (isset($call['name_base64'])) {
        $call['member']['name'] = base64_decode($call['name_base64']);
    }
    switch ($call['call']) {
        case 'token':
            return im_token($call['member'], $call['site'], $call['now']);
        case 'tag':
            return im_tag($call['member'], $call['site'], $call['data']);
        case 'asked':
            return im_is_asked_by_messenger($call['signature'], $call['user_id'], $call['secret'], $call['now']);
    }
}

while (($line = fgets(STDIN)) !== false) {
    try {
        $said = ['value' => carry_out(json_decode($line, true))];
    } catch (InvalidArgumentException $error) {
        $said = ['refused' => $error->getMessage()];
    }
    echo json_encode($said), "\n";
}
