-- name: add_usage(rows)!
INSERT INTO usage_hours (site_id, hour, messages, sign_ins, online_peak, errors, cache_hits, cache_misses) VALUES :rows
ON CONFLICT (site_id, hour) DO UPDATE SET
  messages = usage_hours.messages + excluded.messages, sign_ins = usage_hours.sign_ins + excluded.sign_ins,
  online_peak = max(usage_hours.online_peak, excluded.online_peak), errors = usage_hours.errors + excluded.errors,
  cache_hits = usage_hours.cache_hits + excluded.cache_hits,
  cache_misses = usage_hours.cache_misses + excluded.cache_misses;
