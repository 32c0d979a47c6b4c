-- A person goes; what the books must keep stays, without them. A table that comes to hold something of people is cleared here,
-- or excused in export_test.go.

-- name: LockUserWhole :one
-- Stronger than the lock that rows which refer to the account take, so nothing new comes to hang on it meanwhile.
SELECT email, status
FROM users
WHERE id = @id
FOR UPDATE;

-- name: SignedInLately :one
SELECT EXISTS (
    SELECT 1 FROM sessions s
    WHERE s.id = @id
      AND s.user_id = @user_id
      AND s.created_at > clock_timestamp() - make_interval(secs => @within_seconds::float8))::boolean AS lately;

-- name: WhatIsOpen :one
-- What must come to its end first.
SELECT (SELECT count(*) FROM orders o
        WHERE o.customer_id = @user_id
          AND o.state IN ('pending_payment', 'scheduled', 'placed', 'accepted', 'preparing', 'ready', 'picked_up', 'undeliverable'))::int AS orders,
       (SELECT count(*) FROM deliveries d
        WHERE d.courier_id = @user_id
          AND d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning'))::int AS deliveries,
       (SELECT count(*) FROM accounts a
        WHERE a.owner_id = @user_id
          AND a.balance <> 0)::int AS purses,
       (SELECT count(*) FROM accounts a
        WHERE a.kind = 'courier'
          AND a.owner_id = @user_id
          AND owed(a.id))::int AS owed;

-- name: MembershipsOf :many
SELECT vendor_id, role
FROM vendor_members
WHERE user_id = @user_id
ORDER BY vendor_id;

-- name: VendorAtWork :one
-- Whether a vendor needs an owner: it sells, has taken orders that it has not brought to an end, or is owed something.
SELECT (v.status = 'approved' OR EXISTS (
           SELECT 1 FROM orders o
           WHERE o.vendor_id = v.id
             AND o.state IN ('pending_payment', 'scheduled', 'placed', 'accepted', 'preparing', 'ready', 'picked_up', 'undeliverable'))
       OR EXISTS (SELECT 1 FROM accounts a WHERE a.kind = 'vendor' AND a.owner_id = v.id AND owed(a.id)))::boolean AS at_work
FROM vendors v
WHERE v.id = @id;

-- name: EraseUser :exec
UPDATE users
SET email = 'erased-' || id || '@invalid', first_name = '', last_name = '', phone = '', permissions = 0, status = 'erased',
    status_reason = '', exported_at = NULL, version = version + 1
WHERE id = @id;

-- name: EraseSessions :many
UPDATE sessions
SET revoked_at = coalesce(revoked_at, clock_timestamp()), device = '', network = ''
WHERE user_id = @user_id
RETURNING id, access_until;

-- name: EraseRefreshTokens :exec
DELETE FROM refresh_tokens
WHERE session_id IN (SELECT s.id FROM sessions s WHERE s.user_id = @user_id);

-- name: EraseCodes :exec
DELETE FROM otps WHERE email = @email;

-- name: EraseInvitations :exec
DELETE FROM vendor_invitations WHERE email = @email;

-- name: EraseStaffInvitations :exec
DELETE FROM staff_invitations WHERE email = @email;

-- name: EraseCart :exec
DELETE FROM carts WHERE customer_id = @user_id;

-- name: EraseAddresses :exec
DELETE FROM addresses WHERE user_id = @user_id;

-- name: EraseMailPreferences :exec
DELETE FROM mail_preferences WHERE user_id = @user_id;

-- name: EraseKeys :exec
DELETE FROM api_keys WHERE user_id = @user_id;

-- name: EraseAnswers :exec
-- Answers that were kept for requests to be sent again: they show what was ordered, and where it went.
DELETE FROM idempotency_keys WHERE principal = @user_id;

-- name: EraseCourier :exec
-- Suspended, so that no process that still knows where they were writes it back.
UPDATE couriers
SET name = '', phone = '', status = 'suspended', status_reason = '', online = false, lat = NULL, lng = NULL, located_at = NULL, city = '', zone_ring = NULL,
    version = @version
WHERE user_id = @user_id;

-- name: EraseDocuments :exec
DELETE FROM courier_documents WHERE courier_id = @user_id;

-- name: EraseShifts :exec
DELETE FROM courier_shifts WHERE courier_id = @user_id;

-- name: ErasePresence :exec
DELETE FROM courier_presence WHERE courier_id = @user_id;

-- name: EraseCashLimits :exec
DELETE FROM courier_cash_limits WHERE courier_id = @user_id;

-- name: EraseOrders :exec
-- Totals, dishes and taxes stay.
UPDATE orders
SET address = CASE WHEN address IS NULL THEN NULL ELSE '{"label": "", "line1": "", "city": "", "lat": 0, "lng": 0}'::jsonb END,
    note = '', delivery_pin = ''
WHERE customer_id = @user_id;

-- name: EraseBuyer :exec
-- What was sold, and for how much, stays.
UPDATE invoices i
SET buyer = ''
FROM orders o
WHERE o.id = i.order_id
  AND o.customer_id = @user_id
  AND i.buyer <> '';

-- name: EraseItemNotes :exec
UPDATE order_items i
SET note = ''
FROM orders o
WHERE o.id = i.order_id
  AND o.customer_id = @user_id
  AND i.note <> '';

-- name: EraseOrderNotes :exec
DELETE FROM order_notes n
USING orders o
WHERE o.id = n.order_id
  AND o.customer_id = @user_id;

-- name: EraseDropoffs :exec
UPDATE deliveries d
SET dropoff_lat = d.pickup_lat, dropoff_lng = d.pickup_lng
FROM orders o
WHERE o.id = d.order_id
  AND o.customer_id = @user_id;

-- name: ReleaseReviewPhotos :exec
WITH gone AS (
    DELETE FROM review_photos p
    USING reviews r, orders o
    WHERE r.id = p.review_id
      AND o.id = r.order_id
      AND o.customer_id = @user_id
    RETURNING p.picture
)
UPDATE pictures
SET idle_since = clock_timestamp()
FROM gone
WHERE key = gone.picture;

-- name: EraseHandoverPhotos :exec
WITH gone AS (
    DELETE FROM handover_photos p
    USING orders o
    WHERE o.id = p.order_id
      AND o.customer_id = @user_id
    RETURNING p.picture
)
UPDATE pictures
SET idle_since = clock_timestamp()
FROM gone
WHERE key = gone.picture;

-- name: EraseTrackingLinks :exec
DELETE FROM tracking_links l
USING orders o
WHERE o.id = l.order_id
  AND o.customer_id = @user_id;

-- name: EraseUnseenReviews :exec
-- What nobody has read counts nowhere, either.
DELETE FROM reviews r
USING orders o
WHERE o.id = r.order_id
  AND o.customer_id = @user_id
  AND r.state <> 'published';

-- name: EraseReviews :exec
-- The stars stay, and count. The reply goes with what it answers, for it may call its author by name.
UPDATE reviews r
SET text = '', reply = '', replied_at = NULL, version = r.version + 1
FROM orders o
WHERE o.id = r.order_id
  AND o.customer_id = @user_id;

-- name: EraseBankAccount :exec
DELETE FROM bank_accounts
WHERE kind = 'courier'
  AND owner_id = @user_id::uuid;

-- name: ErasePayoutAccounts :exec
-- Amounts and the bank's references stay, and of the account its end.
UPDATE payouts
SET bank_key = NULL, bank_sealed = NULL
WHERE kind = 'courier'
  AND owner_id = @user_id::uuid;
