-- +goose Up
CREATE TABLE definitions (
  kind       TEXT NOT NULL,
  name       TEXT NOT NULL COLLATE NOCASE,
  body       TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT;

CREATE TABLE definition_items (
  kind     TEXT NOT NULL,
  name     TEXT NOT NULL COLLATE NOCASE,
  position INTEGER NOT NULL,
  body     TEXT NOT NULL,
  PRIMARY KEY (kind, name, position),
  FOREIGN KEY (kind, name) REFERENCES definitions(kind, name) ON DELETE CASCADE
) STRICT;
