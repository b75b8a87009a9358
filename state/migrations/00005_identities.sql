-- +goose Up
CREATE TABLE identities (                -- who people are at OpenID Connect providers
  issuer  TEXT NOT NULL,
  subject TEXT NOT NULL,
  person  TEXT NOT NULL REFERENCES people(id) ON DELETE CASCADE,
  PRIMARY KEY (issuer, subject)
) STRICT;

-- +goose Down
DROP TABLE identities;
