-- +goose Up
CREATE TABLE people (
  id         TEXT PRIMARY KEY,
  upn        TEXT NOT NULL COLLATE NOCASE UNIQUE,
  name       TEXT NOT NULL,
  roles      TEXT NOT NULL,              -- a JSON array of role names
  disabled   INTEGER NOT NULL DEFAULT 0,
  password   TEXT NOT NULL DEFAULT '',   -- argon2id in PHC form; empty: no password yet
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE links (                     -- one-time links; a person of '' is the owner who is not there yet
  hash       BLOB PRIMARY KEY,
  person     TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;

CREATE TABLE sign_in_sessions (
  hash       BLOB PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,       -- names the session to people; gives no access
  person     TEXT NOT NULL REFERENCES people(id) ON DELETE CASCADE,
  method     TEXT NOT NULL,
  client_ip  TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  created_at TEXT NOT NULL,
  seen_at    TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_sessions_by_person ON sign_in_sessions(person);

CREATE TABLE api_tokens (
  id         TEXT PRIMARY KEY,           -- the token's visible part
  hash       BLOB NOT NULL,
  person     TEXT NOT NULL REFERENCES people(id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  scopes     TEXT NOT NULL,              -- a JSON array of permissions
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at    TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE attempts (                  -- failed sign-ins, by a hash of what was tried
  key      BLOB PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_at  TEXT NOT NULL,
  until    TEXT NOT NULL
) STRICT;

-- +goose Down
DROP TABLE attempts;
DROP TABLE api_tokens;
DROP TABLE sign_in_sessions;
DROP TABLE links;
DROP TABLE people;
