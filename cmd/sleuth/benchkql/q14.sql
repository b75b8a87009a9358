SELECT {signin_columns}
FROM ws.main.SigninLogs AS a
ANTI JOIN (
  SELECT DISTINCT UserPrincipalName, Location
  FROM ws.main.SigninLogs
  WHERE TimeGenerated BETWEEN {month_ticks} AND {yesterday_ticks}
) AS b ON a.UserPrincipalName = b.UserPrincipalName AND a.Location = b.Location
WHERE TimeGenerated > {yesterday_ticks}
