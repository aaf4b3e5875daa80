-- name: add_usage(rows)!
INSERT INTO usage_hours (site_id, hour, messages, sign_ins, online_peak, errors, cache_hits, cache_misses,
  server_calls, hooks_taken, hooks_failed) VALUES :rows
ON DUPLICATE KEY UPDATE
  messages = messages + VALUES(messages), sign_ins = sign_ins + VALUES(sign_ins),
  online_peak = GREATEST(online_peak, VALUES(online_peak)), errors = errors + VALUES(errors),
  cache_hits = cache_hits + VALUES(cache_hits), cache_misses = cache_misses + VALUES(cache_misses),
  server_calls = server_calls + VALUES(server_calls), hooks_taken = hooks_taken + VALUES(hooks_taken),
  hooks_failed = hooks_failed + VALUES(hooks_failed);
