-- +goose Up
ALTER TABLE people ADD COLUMN last_sign_in TEXT NOT NULL DEFAULT '';  -- empty: never
ALTER TABLE people ADD COLUMN last_method TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE people DROP COLUMN last_method;
ALTER TABLE people DROP COLUMN last_sign_in;
