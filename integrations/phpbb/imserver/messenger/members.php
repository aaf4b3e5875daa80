<?php
namespace imserver\messenger;

require_once __DIR__ . '/im.php';

/** The board's members, as the messenger is told of them. */
class members
{
	private $config;
	private $user;
	private $auth;

	public function __construct(\phpbb\config\config $config, \phpbb\user $user, \phpbb\auth\auth $auth)
	{
		$this->config = $config;
		$this->user = $user;
		$this->auth = $auth;
	}

	/** Return what the settings say of the site, for im.php; null as long as they are not complete. */
	public function site(): ?array
	{
		$site = [];
		foreach (['url', 'id', 'key_id', 'secret'] as $name)
		{
			$site[$name] = (string) $this->config['imserver_' . $name];
		}
		return in_array('', $site, true) ? null : $site;
	}

	/** Return the member who is signed in; null for guests and bots. */
	public function current(): ?array
	{
		$data = $this->user->data;
		if (empty($data['is_registered']) || !empty($data['is_bot']))
		{
			return null;
		}
		return [
			'id' => (string) $data['user_id'],
			// phpBB keeps names as they stand in HTML.
			'name' => html_entity_decode($data['username'], ENT_QUOTES, 'UTF-8'),
			'avatar' => $this->avatar(),
			'url' => generate_board_url() . '/memberlist.php?mode=viewprofile&u=' . (int) $data['user_id'],
			'joined' => (int) $data['user_regdate'],
			'posts' => (int) $data['user_posts'],
			'moderator' => (bool) $this->auth->acl_getf_global('m_'),
			'email' => $this->config['imserver_email'] ? $data['user_email'] : null,
		];
	}

	/** Return the address of the member's picture; '' if there is none. phpBB knows it only as an element of a page. */
	private function avatar(): string
	{
		$html = phpbb_get_user_avatar($this->user->data, 'USER_AVATAR', true);
		if (!preg_match('/\ssrc="([^"]+)"/', $html, $found))
		{
			return '';
		}
		$address = html_entity_decode($found[1], ENT_QUOTES, 'UTF-8');
		if (strpos($address, '//') === 0)
		{
			return 'https:' . $address;
		}
		$is_ours = strpos($address, '://') === false;
		return $is_ours ? generate_board_url() . '/' . preg_replace('~^(\.{0,2}/)+~', '', $address) : $address;
	}
}
