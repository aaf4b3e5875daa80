"""The server API: what a site's own server calls, with one of the site's keys."""
