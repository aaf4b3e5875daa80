-- name: add_usage(rows)!
INSERT INTO usage_hours (site_id, hour, messages, sign_ins, online_peak, errors, cache_hits, cache_misses,
  server_calls, hooks_taken, hooks_failed) VALUES :rows
ON CONFLICT (site_id, hour) DO UPDATE SET
  messages = usage_hours.messages + excluded.messages, sign_ins = usage_hours.sign_ins + excluded.sign_ins,
  online_peak = max(usage_hours.online_peak, excluded.online_peak), errors = usage_hours.errors + excluded.errors,
  cache_hits = usage_hours.cache_hits + excluded.cache_hits,
  cache_misses = usage_hours.cache_misses + excluded.cache_misses,
  server_calls = usage_hours.server_calls + excluded.server_calls,
  hooks_taken = usage_hours.hooks_taken + excluded.hooks_taken,
  hooks_failed = usage_hours.hooks_failed + excluded.hooks_failed;
