SELECT UserPrincipalName, t, r.ip, r.location, r.app, r.result, r.agent
FROM (
  SELECT UserPrincipalName, max(TimeGenerated) AS t,
    arg_max({'ip': IPAddress, 'location': Location, 'app': AppDisplayName, 'result': ResultType, 'agent': UserAgent}, TimeGenerated) AS r
  FROM ws.main.SigninLogs
  GROUP BY UserPrincipalName
)
