<?php
/** Standard input is one scene as JSON; the output is what the extension did in it. */

declare(strict_types=1);

require __DIR__ . '/stand_ins.php';

define('IN_PHPBB', true);
$scene = json_decode(stream_get_contents(STDIN), true);
$extension = $argv[1];
// The name of a class is the path of its file, as phpBB's own loader has it.
spl_autoload_register(function (string $class) use ($extension): void {
    $prefix = 'imserver\\messenger\\';
    if (strpos($class, $prefix) === 0) {
        require $extension . '/' . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
    }
});
foreach (['chat', 'info_acp_messenger'] as $file) {
    require $extension . '/language/en/' . $file . '.php';
}
$GLOBALS['form_key_is_right'] = $scene['form_key'] ?? true;

$parts = [
    '@config' => new phpbb\config\config($scene['config']),
    '@user' => new phpbb\user($scene['user'], $scene['language'] ?? 'en'),
    '@auth' => new phpbb\auth\auth($scene['granted'] ?? []),
    '@request' => new phpbb\request\request($scene['form'] ?? [], $scene['headers'] ?? []),
    '@dbal.conn' => new phpbb\db\driver\sqlite($scene['zebra'] ?? []),
    '@controller.helper' => new phpbb\controller\helper(),
    '@template' => new phpbb\template\kept(),
    '@language' => new phpbb\language\language($lang),
    '@log' => new phpbb\log\kept(),
    '%tables.zebra%' => 'phpbb_zebra',
];
foreach (['_GET', '_POST', '_SERVER', '_REQUEST', '_COOKIE'] as $name) {
    $GLOBALS[$name] = new taken_away();
}

/** Build a service as config/services.yml says, which the test has read. */
function service(string $name)
{
    global $parts, $scene;
    if (!isset($parts['@' . $name])) {
        $declared = $scene['services'][$name];
        $arguments = array_map(function (string $wanted) use ($parts) {
            return $parts[$wanted] ?? service(ltrim($wanted, '@'));
        }, $declared['arguments']);
        $parts['@' . $name] = new $declared['class'](...$arguments);
    }
    return $parts['@' . $name];
}

$phpbb_container = new class {
    public function get($name)
    {
        return service($name);
    }
};

function carry_out(array $scene)
{
    global $parts;
    switch ($scene['act']) {
        case 'page':
            $listener = service('imserver.messenger.listener');
            $events = $listener::getSubscribedEvents();
            $listener->{$events['core.page_header_after']}([]);
            return $parts['@template']->values;
        case 'route':
            [$name, $method] = explode(':', $scene['controller']);
            return service($name)->$method()->said;
        case 'settings':
            $module = new imserver\messenger\acp\messenger_module();
            $module->u_action = '?i=imserver';
            try {
                $module->main('', 'settings');
            } catch (page_with_message $page) {
                return ['message' => $page->getMessage()];
            }
            return $parts['@template']->values;
        case 'language':
            $event = new ArrayObject(['lang_set_ext' => []]);
            service('imserver.messenger.listener')->load_language($event);
            return $event['lang_set_ext'];
        case 'install':
            $migration = new imserver\messenger\migrations\install($parts['@config']);
            $info = new imserver\messenger\acp\messenger_info();
            return [$migration->effectively_installed(), $migration->update_data(), $info->module()];
    }
}

$value = carry_out($scene);
echo json_encode(['value' => $value, 'config' => $parts['@config']->values, 'log' => $parts['@log']->lines]);
