-- What vendors and couriers are paid, and of which entries it is made.

-- +goose Up
CREATE TABLE payouts (
    id          uuid PRIMARY KEY,
    account_id  uuid        NOT NULL REFERENCES accounts (id),
    kind        text        NOT NULL, -- the account's; so are the two below
    owner_id    uuid        NOT NULL,
    currency    text        NOT NULL,
    amount      bigint      NOT NULL, -- the sum of its entries
    entries     int         NOT NULL,
    until       timestamptz NOT NULL, -- what was owed by then is in it
    state       text        NOT NULL DEFAULT 'draft',
    version     int         NOT NULL DEFAULT 1,
    made_by     uuid        NOT NULL REFERENCES users (id),
    approved_by uuid REFERENCES users (id),
    transfer_id uuid REFERENCES transfers (id), -- in the books, once it is exported
    note        text        NOT NULL DEFAULT '', -- the bank's reference, or why it failed
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT payouts_kind_known CHECK (kind IN ('vendor', 'courier')),
    CONSTRAINT payouts_state_known CHECK (state IN ('draft', 'approved', 'exported', 'paid', 'failed')),
    CONSTRAINT payouts_of_something CHECK (amount > 0 AND entries > 0),
    CONSTRAINT payouts_approved_by_another CHECK (approved_by <> made_by),
    CONSTRAINT payouts_approved CHECK (state IN ('draft', 'failed') OR approved_by IS NOT NULL),
    CONSTRAINT payouts_in_the_books CHECK (state NOT IN ('exported', 'paid') OR transfer_id IS NOT NULL),
    CONSTRAINT payouts_note_bound CHECK (char_length(note) <= 200)
);
CREATE INDEX payouts_owner ON payouts (owner_id, id DESC);
CREATE INDEX payouts_open ON payouts (id DESC) WHERE state IN ('draft', 'approved', 'exported');

CREATE TABLE payout_entries (
    payout_id   uuid    NOT NULL REFERENCES payouts (id),
    transfer_id uuid    NOT NULL,
    account_id  uuid    NOT NULL,
    amount      bigint  NOT NULL, -- the entry's
    standing    boolean NOT NULL DEFAULT true, -- false once the payout has failed: then it is owed again
    PRIMARY KEY (payout_id, transfer_id)
);
-- An entry is paid out once.
CREATE UNIQUE INDEX payout_entries_once ON payout_entries (transfer_id, account_id) WHERE standing;

-- +goose Down
DROP TABLE payout_entries;
DROP TABLE payouts;
