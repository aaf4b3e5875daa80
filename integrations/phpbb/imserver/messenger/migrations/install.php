<?php
namespace imserver\messenger\migrations;

class install extends \phpbb\db\migration\migration
{
	public function effectively_installed()
	{
		return isset($this->config['imserver_url']);
	}

	public static function depends_on()
	{
		return ['\phpbb\db\migration\data\v330\v330'];
	}

	public function update_data()
	{
		return [
			['config.add', ['imserver_url', '']],
			['config.add', ['imserver_id', '']],
			['config.add', ['imserver_key_id', '']],
			['config.add', ['imserver_secret', '']],
			['config.add', ['imserver_email', 0]],
			['module.add', ['acp', 'ACP_CAT_DOT_MODS', 'ACP_IMSERVER']],
			['module.add', ['acp', 'ACP_IMSERVER', [
				'module_basename' => '\imserver\messenger\acp\messenger_module',
				'modes' => ['settings'],
			]]],
		];
	}
}
