<?php
namespace imserver\messenger\controller;

use imserver\messenger\members;
use Symfony\Component\HttpFoundation\JsonResponse;

/** Two addresses below /app.php/imserver: fresh tokens for the board's own pages, and friends for the messenger. */
class answers
{
	private $members;
	private $request;
	private $db;
	private $zebra_table;

	public function __construct(members $members, \phpbb\request\request_interface $request, \phpbb\db\driver\driver_interface $db, $zebra_table)
	{
		$this->members = $members;
		$this->request = $request;
		$this->db = $db;
		$this->zebra_table = $zebra_table;
	}

	/** Answer with a token for the member who is signed in. */
	public function token()
	{
		$site = $this->members->site();
		$member = $this->members->current();
		if ($this->request->header('Sec-Fetch-Site') === 'cross-site')
		{
			return $this->answer(['error' => 'Only for pages of this board.'], 403);
		}
		if ($site === null || $member === null)
		{
			return $this->answer(['error' => 'Nobody is signed in.'], 401);
		}
		return $this->answer(['token' => im_token($member, $site)], 200);
	}

	/** Answer the messenger's question for a member's friends: ids, as their own list has them. */
	public function friends()
	{
		$site = $this->members->site();
		$user_id = $this->request->variable('user', '');
		$signature = $this->request->header('X-IM-Signature');
		if ($site === null || !im_is_asked_by_messenger($signature, $user_id, $site['secret']))
		{
			return $this->answer(['error' => 'The signature is wrong, or older than five minutes.'], 401);
		}
		$ids = $this->friend_ids((int) $user_id);
		$tag = '"' . md5(implode(',', $ids)) . '"';
		$is_same = $this->request->header('If-None-Match') === $tag;
		return $is_same ? $this->answer(null, 304, $tag) : $this->answer($ids, 200, $tag);
	}

	private function friend_ids(int $user_id): array
	{
		$result = $this->db->sql_query('SELECT zebra_id FROM ' . $this->zebra_table . '
			WHERE user_id = ' . $user_id . ' AND friend = 1
			ORDER BY zebra_id');
		$ids = [];
		while ($row = $this->db->sql_fetchrow($result))
		{
			$ids[] = (string) $row['zebra_id'];
		}
		$this->db->sql_freeresult($result);
		return $ids;
	}

	private function answer($body, int $status, string $tag = ''): JsonResponse
	{
		$headers = ['Cache-Control' => 'no-store', 'X-Content-Type-Options' => 'nosniff'];
		return new JsonResponse($body, $status, $headers + ($tag === '' ? [] : ['ETag' => $tag]));
	}
}
