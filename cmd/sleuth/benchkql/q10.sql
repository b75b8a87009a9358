SELECT coalesce(p->>'$.result', '') AS result, count(*)
FROM (
  SELECT unnest(json_extract(ConditionalAccessPolicies, '$[*]')) AS p
  FROM ws.main.SigninLogs
  WHERE TimeGenerated BETWEEN {day_ticks} AND {day_end_ticks}
)
GROUP BY result
