<?php
if (!defined('IN_PHPBB'))
{
	exit;
}

$lang = array_merge(empty($lang) ? [] : $lang, [
	'ACP_IMSERVER' => 'Messenger',
	'ACP_IMSERVER_SETTINGS' => 'Messenger settings',
	'IMSERVER_EXPLAIN' => 'The four values are what <code>bin/im site add</code> prints on the messenger.',
	'IMSERVER_URL' => 'Address of the messenger',
	'IMSERVER_ID' => 'Site',
	'IMSERVER_KEY_ID' => 'Key id',
	'IMSERVER_SECRET' => 'Secret',
	'IMSERVER_SECRET_STORED' => 'Stored; leave it empty to keep it.',
	'IMSERVER_EMAIL' => 'Tell the messenger the members’ addresses, for mail about missed messages',
	'IMSERVER_FRIENDS' => 'Friends: the address at which the messenger may ask for them',
	'IMSERVER_SAVED' => 'The messenger’s settings were saved.',
	'IMSERVER_WRONG_URL' => 'The address of the messenger is like https://im.example.com, without a path.',
	'IMSERVER_WRONG_ID' => 'The site is what “bin/im site add” printed behind “site”, such as s_9f2.',
	'IMSERVER_WRONG_KEY_ID' => 'The key id is what “bin/im site add” printed behind “key id”.',
	'IMSERVER_WRONG_SECRET' => 'The secret is what “bin/im site add” printed behind “secret”: 32 characters at least.',
	'LOG_IMSERVER_SETTINGS' => '<strong>Changed the messenger’s settings</strong>',
]);
