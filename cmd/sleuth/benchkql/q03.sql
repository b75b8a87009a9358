SELECT {signin_columns}
FROM ws.main.SigninLogs
WHERE TimeGenerated > {week_ticks} AND "UserPrincipalName$~" = '{user}'
ORDER BY TimeGenerated DESC
LIMIT 100
