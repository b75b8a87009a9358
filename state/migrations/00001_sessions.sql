-- +goose Up
CREATE TABLE sessions (
  id         TEXT PRIMARY KEY,
  principal  TEXT NOT NULL,
  title      TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  context    TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE prompts (
  session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  id         TEXT NOT NULL,
  position   INTEGER NOT NULL,
  principal  TEXT NOT NULL,
  text       TEXT NOT NULL,
  asked_at   TEXT NOT NULL,
  PRIMARY KEY (session_id, id),
  UNIQUE (session_id, position)
) STRICT;

CREATE TABLE answers (
  session_id  TEXT NOT NULL,
  prompt_id   TEXT NOT NULL,
  outcome     TEXT NOT NULL,
  answer      TEXT NOT NULL,
  answered_at TEXT NOT NULL,
  PRIMARY KEY (session_id, prompt_id),
  FOREIGN KEY (session_id, prompt_id) REFERENCES prompts(session_id, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX sessions_by_update ON sessions(updated_at DESC);

-- +goose Down
DROP TABLE answers;
DROP TABLE prompts;
DROP TABLE sessions;
