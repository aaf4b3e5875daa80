"""HTTP in and out: parse, one service call, answer. The only layer that knows Flask."""
