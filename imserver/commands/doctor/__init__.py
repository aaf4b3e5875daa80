"""``bin/doctor``: what is wrong with the machine and the settings, and what to type."""
