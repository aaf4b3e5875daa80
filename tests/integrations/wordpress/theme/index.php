<!doctype html>
<html <?php language_attributes() ?>>
<head><meta charset="utf-8"><?php wp_head() ?></head>
<body><h1><?php bloginfo('name') ?></h1><?php do_action('bp_member_header_actions') ?><?php wp_footer() ?></body>
</html>
