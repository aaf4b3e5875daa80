"""How events reach a client: polls, streams, sockets. A transport knows router and log, no service."""
