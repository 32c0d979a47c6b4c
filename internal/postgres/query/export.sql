-- Everything of one person. A table that comes to hold something of people is read here, or excused in export_test.go.

-- name: TakeExport :execrows
-- At most one a minute; no row: it is too early.
UPDATE users
SET exported_at = now()
WHERE id = @id
  AND (exported_at IS NULL OR exported_at < now() - make_interval(secs => @pause_seconds::float8));

-- name: ExportAccount :one
-- What has a bound, as one object.
SELECT jsonb_build_object(
    'account', jsonb_build_object('id', u.id, 'email', u.email, 'firstName', u.first_name, 'lastName', u.last_name, 'phone', u.phone,
                                  'role', u.role, 'status', u.status, 'picture', u.picture, 'createdAt', u.created_at),
    'addresses', (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', a.id, 'label', a.label, 'line1', a.line1, 'line2', a.line2, 'city', a.city, 'postcode', a.postcode,
            'contactName', a.contact_name, 'contactPhone', a.contact_phone, 'location', jsonb_build_object('lat', a.lat, 'lng', a.lng),
            'instructions', a.instructions, 'default', a.is_default, 'createdAt', a.created_at) ORDER BY a.id), '[]')
        FROM addresses a WHERE a.user_id = u.id),
    'sessions', (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', s.id, 'device', s.device, 'network', s.network, 'createdAt', s.created_at, 'usedAt', s.used_at, 'expiresAt', s.expires_at,
            'revokedAt', s.revoked_at) ORDER BY s.id), '[]')
        FROM (SELECT * FROM sessions n WHERE n.user_id = u.id ORDER BY n.id DESC LIMIT 1000) s),
    'mailPreferences', (SELECT jsonb_build_object('orders', m.orders, 'changes', m.changes, 'news', m.news, 'updatedAt', m.updated_at)
        FROM mail_preferences m WHERE m.user_id = u.id),
    'cart', (SELECT jsonb_build_object('vendorId', c.vendor_id, 'items', c.items, 'fulfilment', c.fulfilment, 'addressId', c.address_id,
            'tip', c.tip, 'couponCode', c.coupon_code, 'quotedAt', c.quoted_at)
        FROM carts c WHERE c.customer_id = u.id),
    'memberships', (SELECT coalesce(jsonb_agg(jsonb_build_object('vendorId', m.vendor_id, 'vendorName', v.name, 'role', m.role, 'since', m.since) ORDER BY v.id), '[]')
        FROM vendor_members m JOIN vendors v ON v.id = m.vendor_id WHERE m.user_id = u.id),
    'invitations', (SELECT coalesce(jsonb_agg(jsonb_build_object('vendorName', v.name, 'role', i.role, 'expiresAt', i.expires_at) ORDER BY i.id), '[]')
        FROM vendor_invitations i JOIN vendors v ON v.id = i.vendor_id WHERE i.email = u.email),
    'apiKeys', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'vendorId', k.vendor_id, 'name', k.name, 'prefix', k.prefix, 'expiresAt', k.expires_at) ORDER BY k.id), '[]')
        FROM api_keys k WHERE k.user_id = u.id),
    'courier', (SELECT jsonb_build_object('name', c.name, 'phone', c.phone, 'vehicle', c.vehicle, 'status', c.status, 'online', c.online,
            'location', CASE WHEN c.lat IS NULL THEN NULL ELSE jsonb_build_object('lat', c.lat, 'lng', c.lng) END,
            'locatedAt', c.located_at, 'statusReason', c.status_reason, 'createdAt', c.created_at,
            'rating', jsonb_build_object('average', c.rating_average, 'count', c.rating_count), 'city', c.city, 'zone', c.zone_ring, 'capacity', c.capacity,
            'documents', (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', d.kind, 'number', d.mask, 'expiresOn', d.expires_on, 'verified', d.verified,
                    'changedAt', d.changed_at, 'pictureUntil', (SELECT p.forget_at FROM courier_document_pictures p
                        WHERE p.courier_id = d.courier_id AND p.kind = d.kind AND p.verified = d.verified)) ORDER BY d.kind, d.verified), '[]')
                FROM courier_documents d WHERE d.courier_id = c.user_id),
            'cashLimits', (SELECT coalesce(jsonb_agg(jsonb_build_object('amount', l.amount, 'currency', l.currency) ORDER BY l.currency), '[]')
                FROM courier_cash_limits l WHERE l.courier_id = c.user_id),
            'shifts', (SELECT coalesce(jsonb_agg(jsonb_build_object('startsAt', h.starts_at, 'endsAt', h.ends_at) ORDER BY h.starts_at), '[]')
                FROM (SELECT * FROM courier_shifts n WHERE n.courier_id = c.user_id ORDER BY n.starts_at DESC LIMIT 1000) h),
            'onlineTimes', (SELECT coalesce(jsonb_agg(jsonb_build_object('from', p.online_at, 'to', p.offline_at) ORDER BY p.online_at), '[]')
                FROM (SELECT * FROM courier_presence n WHERE n.courier_id = c.user_id ORDER BY n.online_at DESC LIMIT 1000) p))
        FROM couriers c WHERE c.user_id = u.id),
    'payouts', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'amount', p.amount, 'currency', p.currency, 'until', p.until,
            'state', p.state, 'note', p.note, 'createdAt', p.created_at) ORDER BY p.id), '[]')
        FROM (SELECT * FROM payouts n WHERE n.kind = 'courier' AND n.owner_id = u.id ORDER BY n.id DESC LIMIT 1000) p))::text AS doc
FROM users u
WHERE u.id = @user_id;

-- name: ExportOrders :many
-- Oldest first, by pages.
SELECT o.id, jsonb_build_object(
    'id', o.id, 'number', o.number, 'state', o.state, 'vendorId', o.vendor_id, 'vendorName', v.name, 'city', o.city, 'fulfilment', o.fulfilment,
    'total', jsonb_build_object('amount', o.total, 'currency', o.currency), 'address', o.address, 'note', o.note, 'placedAt', o.placed_at,
    'endedAt', o.ended_at, 'cancelReason', o.cancel_reason, 'deliveryPin', o.delivery_pin,
    'items', (SELECT jsonb_agg(jsonb_build_object('dishId', i.dish_id, 'name', i.name, 'quantity', i.quantity, 'unitPrice', i.unit_price,
            'options', i.options, 'note', i.note) ORDER BY i.position)
        FROM order_items i WHERE i.order_id = o.id),
    'quote', (SELECT jsonb_agg(jsonb_build_object('kind', l.kind, 'label', l.label, 'amount', l.amount) ORDER BY l.position)
        FROM quote_lines l WHERE l.order_id = o.id),
    'payments', (SELECT jsonb_agg(jsonb_build_object('method', p.method, 'state', p.state, 'amount', p.amount, 'captured', p.captured,
            'refunded', p.refunded, 'currency', p.currency, 'at', p.created_at) ORDER BY p.id)
        FROM payments p WHERE p.order_id = o.id),
    'refunds', (SELECT jsonb_agg(jsonb_build_object('amount', f.amount, 'to', f.destination, 'reason', f.reason, 'at', f.at) ORDER BY f.id)
        FROM refunds f WHERE f.order_id = o.id),
    'invoices', (SELECT jsonb_agg(jsonb_build_object('kind', i.kind, 'year', i.year, 'number', i.number, 'total', i.total, 'currency', i.currency,
            'buyer', i.buyer, 'document', i.document, 'issuedAt', i.issued_at) ORDER BY i.issued_at, i.id)
        FROM invoices i WHERE i.order_id = o.id),
    'cancelFee', o.cancel_fee, 'scheduledFor', o.scheduled_for,
    'leaveAtDoor', (SELECT d.leave_at_door FROM deliveries d WHERE d.order_id = o.id),
    'handoverPhoto', (SELECT jsonb_build_object('picture', p.picture, 'takenAt', p.taken_at) FROM handover_photos p WHERE p.order_id = o.id),
    'trackingLinks', (SELECT jsonb_agg(jsonb_build_object('createdAt', l.created_at, 'expiresAt', l.expires_at) ORDER BY l.created_at)
        FROM tracking_links l WHERE l.order_id = o.id),
    'notes', (SELECT jsonb_agg(jsonb_build_object('text', n.text, 'at', n.at) ORDER BY n.id) FROM order_notes n WHERE n.order_id = o.id),
    'timeline', (SELECT jsonb_agg(jsonb_build_object('version', e.version, 'type', e.type, 'at', e.at, 'actor', e.actor_role, 'data', e.data) ORDER BY e.version)
        FROM events e WHERE e.subject_id = o.id))::text AS doc
FROM orders o
JOIN vendors v ON v.id = o.vendor_id
WHERE o.customer_id = @user_id
  AND o.id > @after
ORDER BY o.id
LIMIT @most;

-- name: ExportDeliveries :many
-- What a courier carried; the customers' doors are theirs.
SELECT d.id, jsonb_build_object('id', d.id, 'orderId', d.order_id, 'vendorId', d.vendor_id, 'state', d.state, 'updatedAt', d.updated_at)::text AS doc
FROM deliveries d
WHERE d.courier_id = @user_id
  AND d.id > @after
ORDER BY d.id
LIMIT @most;

-- name: ExportOffers :many
SELECT f.id, jsonb_build_object('id', f.id, 'orderId', f.order_id, 'state', f.state, 'meters', f.meters, 'reason', f.reason,
    'offeredAt', f.offered_at)::text AS doc
FROM offers f
WHERE f.courier_id = @user_id
  AND f.id > @after
ORDER BY f.id
LIMIT @most;

-- name: ExportReviews :many
SELECT p.id, jsonb_build_object('id', p.id, 'orderId', p.order_id, 'vendorId', p.vendor_id, 'stars', p.stars, 'text', p.text,
    'dishes', (SELECT coalesce(jsonb_agg(jsonb_build_object('dishId', d.dish_id, 'stars', d.stars) ORDER BY d.dish_id), '[]')
        FROM review_dishes d WHERE d.review_id = p.id),
    'courierStars', p.courier_stars, 'photos', p.photo_keys, 'state', p.state, 'reason', p.reason, 'reply', p.reply,
    'repliedAt', p.replied_at, 'createdAt', p.created_at, 'editedAt', p.edited_at)::text AS doc
FROM review_pages p
WHERE p.customer_id = @user_id
  AND p.id > @after
ORDER BY p.id
LIMIT @most;

-- name: ExportMoney :many
-- What was posted to their wallet, to what they have earned and to the cash that they hold.
SELECT t.id, jsonb_build_object('id', t.id, 'kind', t.kind, 'orderId', t.order_id, 'at', t.at,
    'entries', jsonb_agg(jsonb_build_object('account', a.kind, 'amount', e.amount, 'currency', a.currency) ORDER BY a.kind))::text AS doc
FROM accounts a
JOIN entries e ON e.account_id = a.id
JOIN transfers t ON t.id = e.transfer_id
WHERE a.owner_id = @user_id::uuid
  AND a.kind IN ('wallet', 'courier', 'courier_cash')
  AND t.id > @after
GROUP BY t.id
ORDER BY t.id
LIMIT @most;

-- name: ExportBankAccounts :many
-- Where a courier is paid to, and the vendors that somebody owns, where they have said so themselves. Sealed.
SELECT b.*, coalesce(v.name, '')::text AS vendor_name
FROM bank_accounts b
LEFT JOIN vendors v ON v.id = b.owner_id AND b.kind = 'vendor'
WHERE (b.kind = 'courier' AND b.owner_id = @user_id
       OR b.kind = 'vendor' AND b.changed_by = @user_id
           AND EXISTS (SELECT FROM vendor_members m WHERE m.vendor_id = b.owner_id AND m.user_id = @user_id AND m.role = 'owner'))
  AND b.owner_id > @after
ORDER BY b.owner_id
LIMIT @most;
