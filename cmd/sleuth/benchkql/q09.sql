WITH place AS (
  SELECT TimeGenerated, UserPrincipalName,
    "LocationDetails$geoCoordinates.latitude"::DOUBLE AS lat, "LocationDetails$geoCoordinates.longitude"::DOUBLE AS lon
  FROM ws.main.SigninLogs
  WHERE ResultType = '0'
), step AS (
  SELECT *, lag(TimeGenerated) OVER w AS t0, lag(lat) OVER w AS lat0, lag(lon) OVER w AS lon0
  FROM place
  WINDOW w AS (PARTITION BY UserPrincipalName ORDER BY TimeGenerated)
), travel AS (
  SELECT *, (TimeGenerated - t0) / 36000000000.0 AS hours,
    6371.0100 * 2 * asin(sqrt(least(1.0, pow(sin(radians(lat - lat0) / 2), 2)
      + cos(radians(lat)) * cos(radians(lat0)) * pow(sin(radians(lon - lon0) / 2), 2)))) AS km
  FROM step
  WHERE t0 IS NOT NULL
)
SELECT TimeGenerated, UserPrincipalName, t0, km, hours::DOUBLE
FROM travel
WHERE km > 500 AND km / hours > 900
