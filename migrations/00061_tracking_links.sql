-- Links that show how far an order is to whoever holds them.

-- +goose Up
CREATE TABLE tracking_links (
    token_hash bytea PRIMARY KEY, -- SHA-256: the token itself is nowhere
    order_id uuid NOT NULL REFERENCES orders (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL, -- at the latest: an hour after the order's end comes before

    CONSTRAINT tracking_links_hash_size CHECK (octet_length(token_hash) = 32)
);
CREATE INDEX tracking_links_order ON tracking_links (order_id);
CREATE INDEX tracking_links_expires ON tracking_links (expires_at);

-- +goose Down
DROP TABLE tracking_links;
