-- Which mail people want.

-- +goose Up
-- No row: the defaults. What cannot be switched off is not here.
CREATE TABLE mail_preferences (
    user_id    uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    orders     boolean     NOT NULL, -- confirmations with the receipt
    changes    boolean     NOT NULL, -- cancellations and refunds
    news       boolean     NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE mail_preferences;
