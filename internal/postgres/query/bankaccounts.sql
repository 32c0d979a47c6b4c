-- name: BankAccountOf :one
SELECT *
FROM bank_accounts
WHERE kind = @kind
  AND owner_id = @owner_id;

-- name: LockBankAccount :one
SELECT *
FROM bank_accounts
WHERE kind = @kind
  AND owner_id = @owner_id
FOR UPDATE;

-- name: SaveBankAccount :one
-- The old version is a guard, 0 for none: no row means that somebody was faster. The new one is no other account's, also of those that
-- were deleted: it comes from a sequence.
INSERT INTO bank_accounts (kind, owner_id, key, sealed, mask, changed_by)
VALUES (@kind, @owner_id, @key, @sealed, @mask, @changed_by)
ON CONFLICT (kind, owner_id) DO UPDATE
SET key        = excluded.key,
    sealed     = excluded.sealed,
    mask       = excluded.mask,
    changed_by = excluded.changed_by,
    changed_at = now(),
    version    = excluded.version
WHERE bank_accounts.version = @was_version::int
RETURNING *;

-- name: DeleteBankAccount :exec
DELETE FROM bank_accounts
WHERE kind = @kind
  AND owner_id = @owner_id;

-- name: LockOpenPayouts :exec
SELECT
FROM payouts
WHERE kind = @kind
  AND owner_id = @owner_id
  AND state IN ('draft', 'approved')
ORDER BY id
FOR UPDATE;

-- name: RenewOpenPayouts :exec
-- Whoever has seen a payout that is still to be exported has seen it with another account.
UPDATE payouts
SET version    = version + 1,
    updated_at = now()
WHERE kind = @kind
  AND owner_id = @owner_id
  AND state IN ('draft', 'approved');

-- name: BankOwners :many
-- Who owns a vendor.
SELECT m.user_id
FROM vendor_members m
WHERE m.vendor_id = @vendor_id
  AND m.role = 'owner'
ORDER BY m.user_id;

-- name: ApprovePayoutsBank :exec
-- What whoever approves a payout sees of where it goes.
UPDATE payouts p
SET approved_bank = b.version,
    approved_mask = coalesce(b.mask, '')
FROM payouts q
LEFT JOIN bank_accounts b ON b.kind = q.kind AND b.owner_id = q.owner_id
WHERE p.id = @id
  AND q.id = p.id;

-- name: TellPayoutsBank :exec
-- A payout keeps what its bank is told.
UPDATE payouts p
SET bank_key    = b.key,
    bank_sealed = b.sealed,
    bank_mask   = b.mask
FROM bank_accounts b
WHERE p.id = @id
  AND b.kind = p.kind
  AND b.owner_id = p.owner_id;
