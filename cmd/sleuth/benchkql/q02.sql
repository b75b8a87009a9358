SELECT UserPrincipalName, count(*) AS Failures
FROM ws.main.SigninLogs
WHERE ResultType <> '0'
GROUP BY UserPrincipalName
ORDER BY Failures DESC
LIMIT 10
