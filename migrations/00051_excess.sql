-- What a gateway has given back of a payment, unasked, beyond what was left of it.

-- +goose Up
ALTER TABLE payments
    ADD COLUMN excess bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT payments_excess_of_captured CHECK (excess = 0 OR excess > 0 AND captured > 0 AND refunded + refunding = captured);

-- +goose Down
ALTER TABLE payments
    DROP COLUMN excess;
