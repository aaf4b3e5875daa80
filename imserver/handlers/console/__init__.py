"""The owner console: pages made on the server, plain forms, a session of its own."""
