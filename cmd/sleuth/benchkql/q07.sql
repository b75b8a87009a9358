SELECT coalesce(trim("DeviceDetail$operatingSystem", '"'), '') AS os, sum(n)::BIGINT
FROM (
  SELECT "DeviceDetail$operatingSystem", count(*) AS n
  FROM ws.main.SigninLogs
  GROUP BY ALL
)
GROUP BY os
