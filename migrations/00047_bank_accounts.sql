-- Where vendors and couriers are paid to.

-- +goose Up
CREATE TABLE bank_accounts (
    kind       text        NOT NULL, -- vendor or courier, as of accounts and payouts
    owner_id   uuid        NOT NULL,
    key        text        NOT NULL, -- of signing_keys: the account is sealed with it
    sealed     bytea       NOT NULL, -- {"holder","scheme","number","routing"}
    mask       text        NOT NULL, -- the number's end, which is shown
    version    int         NOT NULL DEFAULT 1,
    changed_by uuid        NOT NULL REFERENCES users (id),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, owner_id),
    CONSTRAINT bank_accounts_kind_known CHECK (kind IN ('vendor', 'courier')),
    CONSTRAINT bank_accounts_mask_bound CHECK (char_length(mask) BETWEEN 5 AND 8)
);

-- What the bank was told with a payout stays with it, whatever its payee changes later.
ALTER TABLE payouts
    ADD COLUMN bank_key    text,
    ADD COLUMN bank_sealed bytea,
    ADD COLUMN bank_mask   text NOT NULL DEFAULT ''; -- '': it was exported before there were bank accounts, or is not yet

-- +goose Down
ALTER TABLE payouts
    DROP COLUMN bank_key,
    DROP COLUMN bank_sealed,
    DROP COLUMN bank_mask;
DROP TABLE bank_accounts;
