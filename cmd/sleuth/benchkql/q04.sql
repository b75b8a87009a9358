SELECT UserPrincipalName, count(DISTINCT IPAddress) AS IPs
FROM ws.main.SigninLogs
GROUP BY UserPrincipalName
ORDER BY IPs DESC
LIMIT 10
