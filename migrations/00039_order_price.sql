-- What an order's price is reckoned anew by when its vendor cannot make all of it, and what its portions are given back by.

-- +goose Up
-- As of when it was ordered, so that another menu or rate tomorrow changes nothing of it.
ALTER TABLE order_items
    ADD COLUMN packaging    bigint NOT NULL DEFAULT 0,  -- of a portion
    ADD COLUMN tax_category text   NOT NULL DEFAULT '', -- '': ordered before this was kept
    ADD COLUMN tax_bp       int    NOT NULL DEFAULT 0;

-- Of orders that may still be revised it is what it is by now.
UPDATE order_items i
SET packaging = d.packaging, tax_category = d.tax_category,
    tax_bp = CASE d.tax_category WHEN 'exempt' THEN 0 ELSE coalesce((v.tax_rates ->> d.tax_category)::int, v.tax_bp) END
FROM orders o, dishes d, vendors v
WHERE o.id = i.order_id
  AND o.state IN ('pending_payment', 'scheduled', 'placed', 'accepted', 'preparing')
  AND d.id = i.dish_id
  AND v.id = o.vendor_id;

-- What promotions take off what would be left: [{"promotion","vendor","platform"}].
ALTER TABLE order_revisions
    ADD COLUMN applied jsonb NOT NULL DEFAULT '[]';

-- Staff's list of orders by state alone.
CREATE INDEX orders_state ON orders (state, id DESC);

-- +goose Down
DROP INDEX orders_state;
ALTER TABLE order_revisions
    DROP COLUMN applied;
ALTER TABLE order_items
    DROP COLUMN packaging,
    DROP COLUMN tax_category,
    DROP COLUMN tax_bp;
