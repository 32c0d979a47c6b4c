-- A payout goes where it was approved to go. And the version of a bank account is never one that another had before.

-- +goose Up
ALTER TABLE payouts
    ADD COLUMN approved_bank int, -- the version of its payee's account; NULL: they had told none, or nobody kept it
    ADD COLUMN approved_mask text NOT NULL DEFAULT '';

CREATE SEQUENCE bank_account_versions AS int OWNED BY bank_accounts.version;
SELECT setval('bank_account_versions', (SELECT coalesce(max(version), 0) + 1 FROM bank_accounts), false);
ALTER TABLE bank_accounts
    ALTER COLUMN version SET DEFAULT nextval('bank_account_versions');

-- +goose Down
ALTER TABLE bank_accounts
    ALTER COLUMN version SET DEFAULT 1;
DROP SEQUENCE bank_account_versions;
ALTER TABLE payouts
    DROP COLUMN approved_bank,
    DROP COLUMN approved_mask;
