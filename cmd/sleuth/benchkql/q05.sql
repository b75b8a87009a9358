SELECT count(*)
FROM ws.main.SigninLogs
WHERE contains(lower(UserAgent), 'python')
  AND regexp_matches(lower(UserAgent), '(?:^|[^a-z0-9])python(?:[^a-z0-9]|$)')
