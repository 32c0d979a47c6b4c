-- What couriers have taken on and not handed over, with what tells when they will: for rounds of dispatch, and for what the customers of
-- orders that share a courier are told.

-- +goose Up
CREATE VIEW courier_jobs AS
SELECT d.id, d.order_id, d.vendor_id, d.courier_id, d.state, d.place, d.pickup_lat, d.pickup_lng, d.dropoff_lat, d.dropoff_lng,
       o.state AS order_state, o.ready_by, o.ready_at, coalesce(k.late, 0)::int AS late
FROM deliveries d
JOIN orders o ON o.id = d.order_id
LEFT JOIN kitchens k ON k.vendor_id = d.vendor_id
WHERE d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning');

-- +goose Down
DROP VIEW courier_jobs;
