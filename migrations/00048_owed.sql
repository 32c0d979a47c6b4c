-- Whether an account of a vendor or a courier still has money to come: more was earned than was paid out, or a payout has not arrived.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION owed(account uuid) RETURNS boolean
    LANGUAGE sql STABLE
RETURN
    (SELECT coalesce(sum(e.amount), 0) > 0 FROM entries e WHERE e.account_id = account)
    OR EXISTS (SELECT 1 FROM payouts p WHERE p.account_id = account AND p.state IN ('draft', 'approved', 'exported'));
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION owed(uuid);
