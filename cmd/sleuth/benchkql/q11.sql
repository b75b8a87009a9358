SELECT UserPrincipalName, count(*) AS n
FROM ws.main.SigninLogs AS s
JOIN ws.main.BadIPs AS b ON s.IPAddress = b.SearchKey
GROUP BY UserPrincipalName
ORDER BY n DESC
LIMIT 20
