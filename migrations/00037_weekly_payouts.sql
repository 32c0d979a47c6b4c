-- The weekly job drafts payouts, too.

-- +goose Up
ALTER TABLE payouts
    ALTER COLUMN made_by DROP NOT NULL; -- NULL: the weekly job

-- The weeks for which it has, by the day they begin with. The one that runs when this is installed is over: the job begins with the
-- next.
CREATE TABLE payout_weeks (
    begins     date PRIMARY KEY,
    drafted_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO payout_weeks (begins)
VALUES (date_trunc('week', timezone('UTC', now()))::date);

-- +goose Down
DROP TABLE payout_weeks;
ALTER TABLE payouts
    ALTER COLUMN made_by SET NOT NULL; -- it fails once the job has made one
