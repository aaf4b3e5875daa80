<?php
/** What the extension calls of phpBB 3.3 and Symfony: as small as it can be, with the signatures of the originals. */

namespace Symfony\Component\EventDispatcher {
    interface EventSubscriberInterface
    {
        public static function getSubscribedEvents();
    }
}

namespace Symfony\Component\HttpFoundation {
    class JsonResponse
    {
        public $said;

        public function __construct($data = null, $status = 200, $headers = [])
        {
            $this->said = ['status' => $status, 'body' => $data, 'headers' => $headers];
        }
    }
}

namespace phpbb\config {
    class config implements \ArrayAccess
    {
        public $values;

        public function __construct(array $values)
        {
            $this->values = $values;
        }

        public function set($key, $value, $use_cache = true)
        {
            $this->values[$key] = (string) $value;
        }

        public function offsetExists($key): bool
        {
            return isset($this->values[$key]);
        }

        #[\ReturnTypeWillChange]
        public function offsetGet($key)
        {
            return $this->values[$key] ?? '';
        }

        public function offsetSet($key, $value): void
        {
            throw new \LogicException('use set()');
        }

        public function offsetUnset($key): void
        {
            throw new \LogicException('use delete()');
        }
    }
}

namespace phpbb {
    class user
    {
        public $data;
        public $lang_name;
        public $ip = '192.0.2.1';

        public function __construct(array $data, string $lang_name)
        {
            $this->data = $data;
            $this->lang_name = $lang_name;
        }
    }
}

namespace phpbb\auth {
    class auth
    {
        public function __construct(private array $granted)
        {
        }

        public function acl_getf_global($opt)
        {
            return in_array($opt, $this->granted, true) ? 1 : 0;
        }
    }
}

namespace phpbb\request {
    interface request_interface
    {
        public function variable($var_name, $default, $multibyte = false, $super_global = 4);

        public function header($header_name, $default = '');

        public function is_set_post($name);
    }

    /** The original hands out texts with their HTML escaped, and of the type of the default. */
    class request implements request_interface
    {
        public function __construct(private array $values, private array $headers)
        {
        }

        public function variable($var_name, $default, $multibyte = false, $super_global = 4)
        {
            $value = $this->values[$var_name] ?? $default;
            settype($value, gettype($default));
            return is_string($value) ? trim(htmlspecialchars($value, ENT_COMPAT, 'UTF-8')) : $value;
        }

        public function header($header_name, $default = '')
        {
            return $this->headers[$header_name] ?? $default;
        }

        public function is_set_post($name)
        {
            return isset($this->values[$name]);
        }
    }
}

namespace phpbb\db\driver {
    interface driver_interface
    {
        public function sql_query($query = '', $cache_ttl = 0);

        public function sql_fetchrow($query_id = false);

        public function sql_freeresult($query_id = false);
    }

    /** A real database: the query has to be one. */
    class sqlite implements driver_interface
    {
        private $database;

        public function __construct(array $zebra)
        {
            $this->database = new \SQLite3(':memory:');
            $this->database->exec('CREATE TABLE phpbb_zebra (user_id INT, zebra_id INT, friend INT, foe INT)');
            foreach ($zebra as $row) {
                $this->database->exec('INSERT INTO phpbb_zebra VALUES (' . implode(',', array_map('intval', $row)) . ')');
            }
        }

        public function sql_query($query = '', $cache_ttl = 0)
        {
            return $this->database->query($query);
        }

        public function sql_fetchrow($query_id = false)
        {
            return $query_id->fetchArray(SQLITE3_ASSOC);
        }

        public function sql_freeresult($query_id = false)
        {
            return $query_id->finalize();
        }
    }
}

namespace phpbb\controller {
    class helper
    {
        public function route($route, array $params = [], $is_amp = true, $session_id = false, $reference_type = 1)
        {
            $sid = $session_id === false ? '?sid=0123456789abcdef' : '';
            return '/board/app.php/' . str_replace('imserver_messenger_', 'imserver/', $route) . $sid;
        }
    }
}

namespace phpbb\template {
    interface template
    {
        public function assign_vars(array $vararray);
    }

    class kept implements template
    {
        public $values = [];

        public function assign_vars(array $vararray)
        {
            $this->values = $vararray + $this->values;
            return $this;
        }
    }
}

namespace phpbb\language {
    class language
    {
        public function __construct(private array $texts)
        {
        }

        public function lang()
        {
            $key = func_get_arg(0);
            return $this->texts[$key] ?? $key;
        }
    }
}

namespace phpbb\log {
    interface log_interface
    {
        public function add($mode, $user_id, $log_ip, $log_operation, $log_time = false, $additional_data = []);
    }

    class kept implements log_interface
    {
        public $lines = [];

        public function add($mode, $user_id, $log_ip, $log_operation, $log_time = false, $additional_data = [])
        {
            $this->lines[] = $log_operation;
            return 1;
        }
    }
}

namespace phpbb\db\migration {
    abstract class migration
    {
        protected $config;

        public function __construct($config)
        {
            $this->config = $config;
        }
    }
}

namespace {
    /** trigger_error() with a text is how phpBB shows a message and ends. */
    class page_with_message extends Exception
    {
    }

    /** phpBB takes $_SERVER and the like away from everybody. */
    class taken_away implements ArrayAccess
    {
        public function offsetExists($name): bool
        {
            throw new LogicException('use the request object');
        }

        #[ReturnTypeWillChange]
        public function offsetGet($name)
        {
            throw new LogicException('use the request object');
        }

        public function offsetSet($name, $value): void
        {
            throw new LogicException('use the request object');
        }

        public function offsetUnset($name): void
        {
            throw new LogicException('use the request object');
        }
    }

    set_error_handler(function (int $level, string $text, string $file, int $line) {
        if ($level === E_USER_NOTICE) {
            throw new page_with_message($text);
        }
        throw new ErrorException($text, 0, $level, $file, $line);
    });

    function generate_board_url($without_script_path = false)
    {
        return 'https://board.example.com/board';
    }

    function phpbb_get_user_avatar($user_row, $alt = 'USER_AVATAR', $ignore_config = false, $lazy = false)
    {
        $address = htmlspecialchars($user_row['user_avatar']);
        return $address === '' ? '' : '<img class="avatar" src="' . $address . '" width="90" height="90" alt="" />';
    }

    function add_form_key($form_name, $template_variable_suffix = '')
    {
    }

    function check_form_key($form_name, $timespan = false)
    {
        return $GLOBALS['form_key_is_right'];
    }

    function adm_back_link($u_action)
    {
        return ' (back to ' . $u_action . ')';
    }
}
