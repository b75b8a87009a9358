SELECT {audit_columns}
FROM (
  SELECT * REPLACE (nullif(unnest(json_extract(TargetResources, '$[*]'))::VARCHAR, 'null') AS TargetResources),
    "InitiatedBy$user.userPrincipalName" AS initiator
  FROM ws.main.AuditLogs
)
WHERE lower(initiator) = '"{user}"' OR json_extract_string(TargetResources, '$.userPrincipalName') ILIKE '{user}'
ORDER BY TimeGenerated DESC
LIMIT 100
