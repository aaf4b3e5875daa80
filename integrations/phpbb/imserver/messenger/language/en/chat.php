<?php
if (!defined('IN_PHPBB'))
{
	exit;
}

$lang = array_merge(empty($lang) ? [] : $lang, [
	'IMSERVER_CHAT' => 'Chat',
]);
