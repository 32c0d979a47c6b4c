-- What the marketplace bears when a payment is lost once its order is cooked is a fact of its own in the books.

-- +goose Up
ALTER TABLE transfers
    DROP CONSTRAINT transfers_kind_known,
    ADD CONSTRAINT transfers_kind_known CHECK (kind IN (
        'order.captured', 'order.settled', 'order.cancelled', 'order.refunded', 'order.lost', 'cash.deposited', 'gateway.paid',
        'wallet.credited', 'wallet.topped_up', 'payout', 'reversal'));

-- +goose Down
ALTER TABLE transfers
    DROP CONSTRAINT transfers_kind_known,
    ADD CONSTRAINT transfers_kind_known CHECK (kind IN (
        'order.captured', 'order.settled', 'order.cancelled', 'order.refunded', 'cash.deposited', 'gateway.paid', 'wallet.credited',
        'wallet.topped_up', 'payout', 'reversal')); -- it fails once there is a loss
