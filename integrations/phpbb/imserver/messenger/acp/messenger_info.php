<?php
namespace imserver\messenger\acp;

class messenger_info
{
	public function module()
	{
		return [
			'filename' => '\imserver\messenger\acp\messenger_module',
			'title' => 'ACP_IMSERVER',
			'modes' => [
				'settings' => [
					'title' => 'ACP_IMSERVER_SETTINGS',
					'auth' => 'ext_imserver/messenger && acl_a_board',
					'cat' => ['ACP_IMSERVER'],
				],
			],
		];
	}
}
