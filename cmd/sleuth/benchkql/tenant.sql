-- What the made-up tenant of `sleuth bench kql` is made of: users, places, devices, user agents, applications, outcomes, policies.
-- The rows of the logs pick among them by number. Dynamic columns have their shadow columns beside them.
CREATE SCHEMA ws.tenant;

CREATE TABLE ws.tenant.users AS
SELECT u, CASE WHEN u % 50 = 7 THEN 'User' || u || '@Contoso.com' ELSE 'user' || u || '@contoso.com' END AS UserPrincipalName,
  md5('user' || u)::UUID::VARCHAR AS id, 'User ' || u AS display
FROM range({users}) AS r(u);

CREATE TABLE ws.tenant.places AS
SELECT *, '{"city":"City ' || c || '","state":"State ' || (c % 700) || '","countryOrRegion":"' || country ||
  '","geoCoordinates":{"latitude":' || latitude || ',"longitude":' || longitude || '}}' AS LocationDetails
FROM (
  SELECT c, ((hash(c + {seed}) % 1200000)::BIGINT - 500000) / 10000 AS latitude, ((hash(c + {seed} + 1) % 3600000)::BIGINT - 1800000) / 10000 AS longitude,
    substring('USDEFRGBRUCNINBRJPKRNLBESEDKNOFIPLESITPTGRTRUACZATCHHUROBGRSHRSKSILTLVEEIEISMXCAARCLCOPEAUNZSGMYTHVNIDPHZANGKEEGMASA', 1 + (c % 57) * 2, 2) AS country
  FROM range({cities}) AS r(c)
);

CREATE TABLE ws.tenant.devices AS
SELECT d, '{"deviceId":"' || md5('device' || d)::UUID::VARCHAR || '","displayName":"HOST-' || d || '","operatingSystem":"' ||
  ['Windows10', 'Windows11', 'MacOs', 'Ios 18.' || (d // 6 % 9), 'Android 15.' || (d // 6 % 9), 'Linux'][1 + d % 6] || '","browser":"' ||
  ['Edge', 'Chrome', 'Firefox', 'Safari'][1 + d % 4] || ' ' || (100 + d % 40) || '.0.0","isCompliant":' || (d % 3 = 0) || ',"isManaged":' || (d % 2 = 0) ||
  ',"trustType":"' || ['Azure AD joined', 'Hybrid Azure AD joined', ''][1 + d % 3] || '"}' AS DeviceDetail
FROM range({devices}) AS r(d);

CREATE TABLE ws.tenant.agents AS
SELECT a, CASE WHEN a % 211 = 0 THEN 'python-requests/2.' || (a % 97)
  ELSE 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/' || (90 + a % 60) || '.0.' || a || '.0 Safari/537.36' END AS agent
FROM range({agents}) AS r(a);

CREATE TABLE ws.tenant.apps AS
SELECT p, 'Application ' || p AS app, md5('app' || p)::UUID::VARCHAR AS id, 'Resource ' || (p % 80) AS resource, md5('resource' || (p % 80))::UUID::VARCHAR AS resource_id
FROM range(300) AS r(p);

CREATE TABLE ws.tenant.outcomes AS
SELECT o, code::VARCHAR AS code, '{"errorCode":' || code || ',"failureReason":"' || CASE WHEN code = 0 THEN 'Other.' ELSE 'Reason ' || code END ||
  '","additionalDetails":"MFA requirement satisfied by claim in the token"}' AS Status
FROM (SELECT o, CASE WHEN o < 88 THEN 0 ELSE [50126, 50053, 50074, 50076, 53003, 70044, 500121, 65001][1 + o % 8] END AS code FROM range(96) AS r(o));

CREATE TABLE ws.tenant.policies AS
SELECT g * 125 + r AS k, '[' || list_aggregate([
  '{"id":"' || md5('policy' || (g + n))::UUID::VARCHAR || '","displayName":"Policy ' || (g + n) || '","enforcedGrantControls":["mfa"],"enforcedSessionControls":[],"result":"' ||
  ['success', 'notApplied', 'notEnabled', 'failure', 'reportOnlyNotApplied'][1 + (r // [1, 5, 25][n]) % 5] || '"}' FOR n IN [1, 2, 3]], 'string_agg', ',') || ']' AS ConditionalAccessPolicies
FROM range(40) AS groups(g), range(125) AS results(r);
