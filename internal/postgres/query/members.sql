-- name: MemberRole :one
-- In a statement of its own, after the vendor's lock: one that waited for the lock would show the role as it was before.
SELECT role
FROM vendor_members
WHERE vendor_id = @vendor_id
  AND user_id = @user_id;

-- name: MembersOf :many
-- Those who work for a vendor, longest first.
SELECT m.user_id, m.role, m.since, u.email, u.first_name, u.last_name
FROM vendor_members m
JOIN users u ON u.id = m.user_id
WHERE m.vendor_id = @vendor_id
ORDER BY m.since, m.user_id
LIMIT @most;

-- name: InvitationsOf :many
SELECT id, email, role, created_at, expires_at
FROM vendor_invitations
WHERE vendor_id = @vendor_id
  AND expires_at > now()
ORDER BY created_at, id
LIMIT @most;

-- name: MemberCounts :one
-- How many a vendor has, those who were asked included, and how many of them own it.
SELECT (SELECT count(*) FROM vendor_members m WHERE m.vendor_id = @vendor_id)::int
         + (SELECT count(*) FROM vendor_invitations i WHERE i.vendor_id = @vendor_id AND i.expires_at > now())::int AS everybody,
       (SELECT count(*) FROM vendor_members m WHERE m.vendor_id = @vendor_id AND m.role = 'owner')::int AS owners;

-- name: MemberByEmail :one
SELECT m.user_id
FROM vendor_members m
JOIN users u ON u.id = m.user_id
WHERE m.vendor_id = @vendor_id
  AND u.email = @email;

-- name: PutInvitation :one
-- An address that was asked before is asked anew.
INSERT INTO vendor_invitations AS i (id, vendor_id, email, role, expires_at)
VALUES (@id, @vendor_id, @email, @role, now() + make_interval(secs => @ttl_seconds::float8))
ON CONFLICT (vendor_id, email) DO UPDATE
SET role = excluded.role, created_at = now(), expires_at = excluded.expires_at
RETURNING id, email, role, created_at, expires_at;

-- name: DeleteInvitation :execrows
DELETE FROM vendor_invitations
WHERE id = @id
  AND vendor_id = @vendor_id;

-- name: DeleteOwnerInvitations :exec
DELETE FROM vendor_invitations
WHERE vendor_id = @vendor_id
  AND role = 'owner';

-- name: InvitationsFor :many
-- In the order of the vendors, whose rows are locked one after the other.
SELECT i.id, i.vendor_id
FROM vendor_invitations i
WHERE i.email = @email
  AND i.expires_at > now()
ORDER BY i.vendor_id
LIMIT @most;

-- name: TakeInvitation :one
-- No row: it was withdrawn, or taken by another sign-in, while this one waited for the vendor.
DELETE FROM vendor_invitations
WHERE id = @id
RETURNING role;

-- name: LockVendorHead :one
SELECT id, version, city
FROM vendors
WHERE id = @id
FOR NO KEY UPDATE;

-- name: JoinMember :execrows
-- Who is in already stays what they are.
INSERT INTO vendor_members (vendor_id, user_id, role)
VALUES (@vendor_id, @user_id, @role)
ON CONFLICT (user_id, vendor_id) DO NOTHING;

-- name: SetMemberRole :execrows
UPDATE vendor_members
SET role = @role
WHERE vendor_id = @vendor_id
  AND user_id = @user_id;

-- name: DeleteMember :execrows
DELETE FROM vendor_members
WHERE vendor_id = @vendor_id
  AND user_id = @user_id;

-- name: PurgeInvitations :execrows
DELETE FROM vendor_invitations
WHERE id IN (
    SELECT i.id FROM vendor_invitations i
    WHERE i.expires_at < now()
    ORDER BY i.expires_at
    LIMIT @most::int
    FOR UPDATE SKIP LOCKED);
