"""How events reach a client: long polls, event streams, WebSockets. A transport knows the router and the log, no service."""
