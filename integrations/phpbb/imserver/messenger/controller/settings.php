<?php
namespace imserver\messenger\controller;

require_once __DIR__ . '/../im.php';

/** The page in the administration: everything is stored, or, with what is wrong, nothing. */
class settings
{
	const TEXTS = ['url', 'id', 'key_id', 'secret'];
	const FORM = 'imserver_messenger';

	private $config;
	private $language;
	private $log;
	private $request;
	private $template;
	private $user;

	public function __construct(\phpbb\config\config $config, \phpbb\language\language $language, \phpbb\log\log_interface $log, \phpbb\request\request_interface $request, \phpbb\template\template $template, \phpbb\user $user)
	{
		$this->config = $config;
		$this->language = $language;
		$this->log = $log;
		$this->request = $request;
		$this->template = $template;
		$this->user = $user;
	}

	public function show(string $action): void
	{
		add_form_key(self::FORM);
		$wrong = [];
		$wanted = $this->stored();
		if ($this->request->is_set_post('submit'))
		{
			$wanted = $this->given();
			$wrong = $this->find_mistakes($wanted);
			if (!$wrong)
			{
				$this->store($wanted);
				trigger_error($this->language->lang('IMSERVER_SAVED') . adm_back_link($action));
			}
		}
		$this->template->assign_vars([
			'U_ACTION' => $action,
			'IMSERVER_WRONG' => implode('<br>', array_map([$this->language, 'lang'], $wrong)),
			'IMSERVER_URL' => $wanted['url'],
			'IMSERVER_ID' => $wanted['id'],
			'IMSERVER_KEY_ID' => $wanted['key_id'],
			// A secret that was stored is never shown again.
			'S_IMSERVER_SECRET' => $this->config['imserver_secret'] !== '',
			'S_IMSERVER_EMAIL' => $wanted['email'],
			'IMSERVER_FRIENDS_URL' => generate_board_url() . '/app.php/imserver/friends',
		]);
	}

	private function stored(): array
	{
		$stored = ['email' => (bool) $this->config['imserver_email']];
		foreach (self::TEXTS as $name)
		{
			$stored[$name] = (string) $this->config['imserver_' . $name];
		}
		return $stored;
	}

	private function given(): array
	{
		$given = ['email' => $this->request->variable('imserver_email', false)];
		foreach (self::TEXTS as $name)
		{
			$given[$name] = trim($this->request->variable('imserver_' . $name, '', true));
		}
		$given['url'] = rtrim($given['url'], '/');
		$given['secret'] = $given['secret'] === '' ? (string) $this->config['imserver_secret'] : $given['secret'];
		return $given;
	}

	private function find_mistakes(array $given): array
	{
		if (!check_form_key(self::FORM))
		{
			return ['FORM_INVALID'];
		}
		$right = [
			'IMSERVER_WRONG_URL' => preg_match('~^(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:\d{1,5})?$~Di', $given['url']),
			'IMSERVER_WRONG_ID' => preg_match('/^[a-z0-9][a-z0-9_-]{0,31}$/D', $given['id']),
			'IMSERVER_WRONG_KEY_ID' => preg_match('/^[A-Za-z0-9_-]{1,64}$/D', $given['key_id']),
			'IMSERVER_WRONG_SECRET' => strlen($given['secret']) >= IM_SECRET_BYTES && strlen($given['secret']) <= 255,
		];
		return array_keys(array_filter($right, function ($is_right) {
			return !$is_right;
		}));
	}

	private function store(array $wanted): void
	{
		foreach (self::TEXTS as $name)
		{
			$this->config->set('imserver_' . $name, $wanted[$name]);
		}
		$this->config->set('imserver_email', (int) $wanted['email']);
		$this->log->add('admin', $this->user->data['user_id'], $this->user->ip, 'LOG_IMSERVER_SETTINGS');
	}
}
