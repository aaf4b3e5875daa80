"""Load tools: one process, one epoll loop, thousands of clients, and neither gevent nor threads."""
