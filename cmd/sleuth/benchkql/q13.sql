SELECT to_json(list(coalesce(n, 0) ORDER BY b))::VARCHAR,
  to_json(list(strftime(make_timestamp(({from_ticks} + b * 36000000000) // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.0000000Z') ORDER BY b))::VARCHAR
FROM range(0, {hours}) AS bins(b)
LEFT JOIN (
  SELECT (TimeGenerated - {from_ticks}) // 36000000000 AS b, count(*) AS n
  FROM ws.main.SigninLogs
  WHERE TimeGenerated >= {from_ticks} AND TimeGenerated < {to_ticks}
  GROUP BY ALL
) USING (b)
