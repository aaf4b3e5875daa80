"""``bin/bench``: private servers, the load engine on them, and docs/figures.md."""
