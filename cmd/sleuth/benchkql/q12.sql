SELECT AppDisplayName, p[1], p[2], p[3]
FROM (
  SELECT AppDisplayName, quantile_disc(try_cast(ProcessingTimeInMilliseconds AS BIGINT), [0.5, 0.95, 0.99]) AS p
  FROM ws.main.SigninLogs
  GROUP BY AppDisplayName
)
