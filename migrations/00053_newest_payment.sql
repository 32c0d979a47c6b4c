-- An order's newest payment is one look at an index. Without its id in there, a planner without statistics reads all payments from the
-- newest on until it meets one of the order.

-- +goose Up
CREATE INDEX payments_of_order ON payments (order_id, id);
DROP INDEX payments_order;

-- +goose Down
CREATE INDEX payments_order ON payments (order_id);
DROP INDEX payments_of_order;
