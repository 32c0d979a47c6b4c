-- Invoices of what was handed over, and credit notes of what was given back: numbered without gaps, never changed.

-- +goose Up

ALTER TABLE vendors
    ADD COLUMN tax_id text NOT NULL DEFAULT '', -- as its country's tax office writes it, such as a GSTIN; '': it has told none
    ADD CONSTRAINT vendors_tax_id_bound CHECK (length(tax_id) <= 30);

-- Where each series of numbers stands. Not a sequence: what a transaction takes of one is gone when it is rolled back, and numbers
-- of invoices must not have gaps. Whoever issues a paper holds its series' row until their transaction ends.
CREATE TABLE invoice_series (
    vendor_id uuid NOT NULL REFERENCES vendors (id),
    kind      text NOT NULL,
    year      int  NOT NULL, -- the one in which the vendor's fiscal year begins
    last      int  NOT NULL,
    PRIMARY KEY (vendor_id, kind, year),
    CONSTRAINT invoice_series_kind_known CHECK (kind IN ('invoice', 'credit_note')),
    CONSTRAINT invoice_series_counts CHECK (last > 0)
);

CREATE TABLE invoices (
    id        uuid PRIMARY KEY,
    vendor_id uuid        NOT NULL,
    kind      text        NOT NULL,
    year      int         NOT NULL,
    number    int         NOT NULL,
    order_id  uuid        NOT NULL REFERENCES orders (id),
    refund_id uuid REFERENCES refunds (id),      -- of a credit note
    currency  text        NOT NULL,
    total     bigint      NOT NULL,
    buyer     text        NOT NULL,              -- goes when they do
    document  jsonb       NOT NULL,              -- {"seller":{"name","address","taxId"},"reason","lines":[{"kind","label","amount","tax"}]}; tax as in quote_lines
    issued_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT invoices_number UNIQUE (vendor_id, kind, year, number),
    CONSTRAINT invoices_series FOREIGN KEY (vendor_id, kind, year) REFERENCES invoice_series (vendor_id, kind, year),
    CONSTRAINT invoices_credit_a_refund CHECK ((kind = 'credit_note') = (refund_id IS NOT NULL)),
    CONSTRAINT invoices_total_bound CHECK (total >= 0)
);
-- An order has one invoice, and a refund one credit note.
CREATE UNIQUE INDEX invoices_once ON invoices (order_id, coalesce(refund_id, '00000000-0000-0000-0000-000000000000'));

-- The papers of what was handed over before there were any: the rules of domain/invoice, as they were when this was written, in
-- the order of the handovers.
CREATE TEMPORARY TABLE past_papers ON COMMIT DROP AS
SELECT p.*, row_number() OVER (PARTITION BY p.vendor_id, p.kind, p.year ORDER BY p.at, p.order_id, p.refund_id)::int AS number
FROM (
    SELECT x.*, extract(year FROM x.local)::int - CASE WHEN x.country = 'IN' AND extract(month FROM x.local) < 4 THEN 1 ELSE 0 END AS year
    FROM (
        SELECT 'invoice' AS kind, o.id AS order_id, NULL::uuid AS refund_id, o.vendor_id, o.customer_id, o.currency, o.total, '' AS reason,
               0::bigint AS tax, coalesce(o.ended_at, o.placed_at) AS at, v.country, timezone(v.timezone, coalesce(o.ended_at, o.placed_at)) AS local
        FROM orders o
        JOIN vendors v ON v.id = o.vendor_id
        WHERE o.state IN ('delivered', 'collected', 'completed')
        UNION ALL
        SELECT 'credit_note', o.id, r.id, o.vendor_id, o.customer_id, o.currency, r.amount, r.reason,
               coalesce((SELECT -sum(e.amount)
                         FROM transfers t
                         JOIN entries e ON e.transfer_id = t.id
                         JOIN accounts a ON a.id = e.account_id
                         WHERE t.kind = 'order.refunded'
                           AND t.source = r.id
                           AND a.kind = 'tax'), 0)::bigint,
               coalesce(w.ended_at, r.at), v.country, timezone(v.timezone, coalesce(w.ended_at, r.at))
        FROM refunds r
        JOIN orders o ON o.id = r.order_id
        JOIN vendors v ON v.id = o.vendor_id
        LEFT JOIN payment_operations w ON w.id = r.id
        WHERE o.state IN ('delivered', 'collected', 'completed')
          AND coalesce(w.state, 'done') = 'done') x) p;

INSERT INTO invoice_series (vendor_id, kind, year, last)
SELECT vendor_id, kind, year, max(number)
FROM past_papers
GROUP BY vendor_id, kind, year;

INSERT INTO invoices (id, vendor_id, kind, year, number, order_id, refund_id, currency, total, buyer, document, issued_at)
SELECT gen_random_uuid(), p.vendor_id, p.kind, p.year, p.number, p.order_id, p.refund_id, p.currency, p.total,
       btrim(u.first_name || ' ' || u.last_name),
       jsonb_strip_nulls(jsonb_build_object(
           'seller', jsonb_build_object('name', v.name, 'address', concat_ws(', ', v.address, v.city)),
           'reason', nullif(p.reason, ''),
           'lines', CASE p.kind
               WHEN 'invoice' THEN (
                   SELECT coalesce(jsonb_agg(jsonb_build_object('kind', l.kind, 'label', l.label, 'amount', l.amount, 'tax', l.tax) ORDER BY l.position), '[]')
                   FROM quote_lines l
                   WHERE l.order_id = p.order_id)
               ELSE jsonb_build_array(jsonb_build_object('kind', 'refund', 'label', 'Refund', 'amount', p.total - p.tax))
                    || CASE WHEN p.tax > 0 THEN jsonb_build_array(jsonb_build_object('kind', 'tax', 'label', 'Tax', 'amount', p.tax)) ELSE '[]' END
               END)),
       p.at
FROM past_papers p
JOIN vendors v ON v.id = p.vendor_id
JOIN users u ON u.id = p.customer_id;

-- The one change that a paper may see: its buyer is forgotten. ALWAYS also holds where triggers are off for replication.
CREATE TRIGGER invoices_append_only
    BEFORE DELETE OR TRUNCATE ON invoices
    FOR EACH STATEMENT
EXECUTE FUNCTION refuse_change();
ALTER TABLE invoices ENABLE ALWAYS TRIGGER invoices_append_only;

-- +goose StatementBegin
CREATE FUNCTION refuse_invoice_change() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    IF NEW.buyer = '' AND to_jsonb(NEW) - 'buyer' = to_jsonb(OLD) - 'buyer' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'invoices is append-only' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER invoices_unchanged
    BEFORE UPDATE ON invoices
    FOR EACH ROW
EXECUTE FUNCTION refuse_invoice_change();
ALTER TABLE invoices ENABLE ALWAYS TRIGGER invoices_unchanged;

CREATE TRIGGER invoice_series_stay
    BEFORE DELETE OR TRUNCATE ON invoice_series
    FOR EACH STATEMENT
EXECUTE FUNCTION refuse_change();
ALTER TABLE invoice_series ENABLE ALWAYS TRIGGER invoice_series_stay;

-- +goose Down
DROP TABLE invoices;
DROP TABLE invoice_series;
DROP FUNCTION refuse_invoice_change();
ALTER TABLE vendors
    DROP COLUMN tax_id;
