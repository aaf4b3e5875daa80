"""How events reach a client: long poll today. A transport knows the router and the log, no service."""
