<?php
namespace imserver\messenger\acp;

class messenger_module
{
	public $u_action;
	public $tpl_name;
	public $page_title;

	public function main($id, $mode)
	{
		global $phpbb_container;

		$this->tpl_name = 'messenger_settings';
		$this->page_title = 'ACP_IMSERVER_SETTINGS';
		$phpbb_container->get('imserver.messenger.settings')->show($this->u_action);
	}
}
