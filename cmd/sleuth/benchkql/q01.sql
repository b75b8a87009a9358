SELECT count(*)
FROM ws.main.SigninLogs
WHERE TimeGenerated BETWEEN {day_ticks} AND {day_end_ticks}
