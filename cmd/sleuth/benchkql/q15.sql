SELECT {union_signins}
FROM ws.main.SigninLogs
WHERE CorrelationId = '{correlation}'
UNION ALL
SELECT {union_noninteractive}
FROM ws.main.AADNonInteractiveUserSignInLogs
WHERE CorrelationId = '{correlation}'
