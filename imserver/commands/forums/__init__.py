"""Private messages, friends and blocks from the databases of forums and of WordPress."""
