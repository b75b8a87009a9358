SELECT count(*)
FROM ws.main.SigninLogs
WHERE "LocationDetails$countryOrRegion" = '"RU"'
