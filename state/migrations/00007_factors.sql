-- +goose Up
CREATE TABLE authenticators (            -- the app that makes somebody's codes; its secret stands sealed among the secrets
  person     TEXT PRIMARY KEY REFERENCES people(id) ON DELETE CASCADE,
  step       INTEGER NOT NULL,           -- the time step of the last code that was taken: none of it or before is taken again
  created_at TEXT NOT NULL,
  used_at    TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE passkeys (
  id         BLOB PRIMARY KEY,           -- the credential id
  person     TEXT NOT NULL REFERENCES people(id) ON DELETE CASCADE,
  rp_id      TEXT NOT NULL,              -- the name of this server that it was made for, and works on
  name       TEXT NOT NULL,
  credential TEXT NOT NULL,              -- public key and flags, as JSON of package server/auth
  counter    INTEGER NOT NULL,           -- the signature counter of its last use; 0 where the device counts nothing
  created_at TEXT NOT NULL,
  used_at    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX passkeys_by_person ON passkeys(person);

CREATE TABLE recovery_codes (
  hash   BLOB PRIMARY KEY,
  person TEXT NOT NULL REFERENCES people(id) ON DELETE CASCADE
) STRICT;
CREATE INDEX recovery_codes_by_person ON recovery_codes(person);

-- When the person of a session last proved who they are; empty: before this was kept.
ALTER TABLE sign_in_sessions ADD COLUMN proven_at TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE sign_in_sessions DROP COLUMN proven_at;
DROP TABLE recovery_codes;
DROP TABLE passkeys;
DROP TABLE authenticators;
