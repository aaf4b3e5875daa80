"""Bringing people, friends and messages in: from files, and from the databases of other programs."""
