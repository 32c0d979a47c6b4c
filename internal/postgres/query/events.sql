-- name: AppendEvent :exec
-- The caller holds the lock of the subject's row, so versions are contiguous.
INSERT INTO events (subject, subject_id, version, type, actor_role, actor_id, vendor_id, customer_id, courier_id, city, data)
VALUES (@subject, @subject_id, @version, @type, @actor_role, sqlc.narg(actor_id), sqlc.narg(vendor_id), sqlc.narg(customer_id),
        sqlc.narg(courier_id), @city, @data);

-- name: EventsOfSubject :many
SELECT id, subject, subject_id, version, type, actor_role, actor_id, vendor_id, customer_id, courier_id, city, at, data, pub_seq
FROM events
WHERE subject_id = @subject_id
  AND version > @after
ORDER BY version
LIMIT @most;

-- name: NamesOfUsers :many
-- What people are called, for staff.
SELECT id, first_name
FROM users
WHERE id = ANY(@ids::uuid[]);

-- name: CountReviewEvents :one
-- What one side has said about the review of an order; the caller holds the order. It counts no further than most.
SELECT count(*)::int AS said
FROM (
    SELECT
    FROM events
    WHERE subject_id = @order_id
      AND type LIKE 'review.%'
      AND actor_role = @actor_role
    LIMIT @most) e;
