-- name: ClaimKey :execrows
-- Zero rows: the key is known already. The claim is committed by itself, so that nobody ever waits for it.
INSERT INTO idempotency_keys (principal, route, key, request_hash, claim, locked_until)
VALUES (@principal, @route, @key, @request_hash, @claim, now() + make_interval(secs => @lease_seconds::float8))
ON CONFLICT DO NOTHING;

-- name: Unhurried :exec
-- The transaction's commit does not wait for the disk.
SELECT set_config('synchronous_commit', 'off', true);

-- name: ReadKey :one
SELECT request_hash, status, body, etag, done, (locked_until < now())::boolean AS abandoned
FROM idempotency_keys
WHERE principal = @principal AND route = @route AND key = @key;

-- name: TakeOverKey :execrows
-- The request that held it died: its lease has run out, and its work was not done.
UPDATE idempotency_keys
SET claim = @claim, locked_until = now() + make_interval(secs => @lease_seconds::float8)
WHERE principal = @principal AND route = @route AND key = @key
  AND NOT done
  AND status IS NULL
  AND locked_until < now();

-- name: FinishKey :exec
-- In the transaction that does the work: the work is done, with its answer or before it. It fails with division_by_zero when another
-- request has taken over, as this one must not be done then: nobody has to wait for a count of rows before the commit.
WITH finished AS (
    UPDATE idempotency_keys
    SET done = true, status = sqlc.narg(status), body = sqlc.narg(body), etag = @etag
    WHERE principal = @principal AND route = @route AND key = @key
      AND claim = @claim
      AND NOT done
      AND status IS NULL
    RETURNING true
)
SELECT 1 / count(*) FROM finished;

-- name: AnswerKey :exec
-- After the work: the answer of what has been done.
UPDATE idempotency_keys
SET done = true, status = @status, body = @body, etag = @etag
WHERE principal = @principal AND route = @route AND key = @key
  AND claim = @claim
  AND status IS NULL;

-- name: ReleaseKey :exec
-- Work that was not done leaves the key free. Of work that was done, though its request failed, no answer will come: whoever asks again need
-- not wait for the lease to run out.
WITH freed AS (
    DELETE FROM idempotency_keys f
    WHERE f.principal = @principal AND f.route = @route AND f.key = @key
      AND f.claim = @claim
      AND NOT f.done
      AND f.status IS NULL
)
UPDATE idempotency_keys k
SET locked_until = now()
WHERE k.principal = @principal AND k.route = @route AND k.key = @key
  AND k.claim = @claim
  AND k.done
  AND k.status IS NULL;

-- name: ForgetKeys :execrows
DELETE FROM idempotency_keys
WHERE (principal, route, key) IN (
    SELECT k.principal, k.route, k.key FROM idempotency_keys k WHERE k.created_at < now() - interval '48 hours' LIMIT 5000);
