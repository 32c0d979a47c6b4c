-- Why a courier was rejected or suspended.

-- +goose Up
ALTER TABLE couriers ADD COLUMN status_reason text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE couriers DROP COLUMN status_reason;
