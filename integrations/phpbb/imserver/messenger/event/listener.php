<?php
namespace imserver\messenger\event;

use imserver\messenger\members;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;

/** Gives every page the tag, if a member looks at it. */
class listener implements EventSubscriberInterface
{
	private $members;
	private $helper;
	private $template;
	private $user;

	public function __construct(members $members, \phpbb\controller\helper $helper, \phpbb\template\template $template, \phpbb\user $user)
	{
		$this->members = $members;
		$this->helper = $helper;
		$this->template = $template;
		$this->user = $user;
	}

	public static function getSubscribedEvents()
	{
		return [
			'core.user_setup' => 'load_language',
			'core.page_header_after' => 'add_tag',
		];
	}

	public function load_language($event)
	{
		$lang_set_ext = $event['lang_set_ext'];
		$lang_set_ext[] = ['ext_name' => 'imserver/messenger', 'lang_set' => 'chat'];
		$event['lang_set_ext'] = $lang_set_ext;
	}

	public function add_tag($event)
	{
		$site = $this->members->site();
		$member = $this->members->current();
		if ($site === null || $member === null)
		{
			return;
		}
		// An empty session id keeps phpBB's own out of the address.
		$token_url = $this->helper->route('imserver_messenger_token', [], false, '');
		$tag = im_tag($member, $site, ['token-url' => $token_url, 'locale' => $this->locale()]);
		$this->template->assign_vars(['IMSERVER_TAG' => $tag, 'IMSERVER_MEMBER' => $member['id']]);
	}

	/** Return what a browser understands of names such as de_x_sie. */
	private function locale(): string
	{
		preg_match('/^[a-z]{2,3}(_[a-z]{2})?(?=_|$)/i', $this->user->lang_name, $found);
		return str_replace('_', '-', $found[0] ?? '');
	}
}
