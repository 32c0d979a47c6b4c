-- People: who works for a vendor, whole addresses, guesses of codes, accounts that were erased.

-- +goose Up

-- Who is asked to work for a vendor. An invitation is for an address: it says nothing of whether that has an account, and
-- becomes a membership when somebody signs in to a vendor's account of that address.
CREATE TABLE vendor_invitations (
    id         uuid PRIMARY KEY,
    vendor_id  uuid        NOT NULL REFERENCES vendors (id) ON DELETE CASCADE,
    email      text        NOT NULL,
    role       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT vendor_invitations_email_lower CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
    CONSTRAINT vendor_invitations_role_known CHECK (role IN ('owner', 'manager', 'kitchen'))
);
CREATE UNIQUE INDEX vendor_invitations_one_an_address ON vendor_invitations (vendor_id, email);
CREATE INDEX vendor_invitations_email ON vendor_invitations (email);
CREATE INDEX vendor_invitations_expiry ON vendor_invitations (expires_at);

ALTER TABLE vendor_members
    ADD COLUMN since timestamptz NOT NULL DEFAULT now();

ALTER TABLE addresses
    ADD COLUMN line2 text NOT NULL DEFAULT '',
    ADD COLUMN postcode text NOT NULL DEFAULT '',
    ADD COLUMN contact_name text NOT NULL DEFAULT '',  -- whom the courier asks for, when it is not the customer
    ADD COLUMN contact_phone text NOT NULL DEFAULT '', -- E.164
    ADD COLUMN is_default boolean NOT NULL DEFAULT false;
UPDATE addresses a
SET is_default = true
WHERE NOT EXISTS (SELECT 1 FROM addresses b WHERE b.user_id = a.user_id AND b.id < a.id);
CREATE UNIQUE INDEX addresses_one_default ON addresses (user_id) WHERE is_default;

ALTER TABLE orders
    ADD COLUMN code_tries int NOT NULL DEFAULT 0, -- wrong guesses of its PIN and code
    ADD CONSTRAINT orders_code_tries_bound CHECK (code_tries BETWEEN 0 AND 5);

ALTER TABLE users
    ADD COLUMN exported_at timestamptz, -- when the account's data were last handed out as a whole
    DROP CONSTRAINT users_status_known,
    ADD CONSTRAINT users_status_known CHECK (status IN ('active', 'suspended', 'erased'));

-- Nothing new may hang on an account that was erased, however late the request that began before it is. The lock waits for
-- an erasure that is under way.
-- +goose StatementBegin
CREATE FUNCTION refuse_erased() RETURNS trigger
    LANGUAGE plpgsql AS
$$
DECLARE
    standing text;
BEGIN
    SELECT status INTO standing FROM users WHERE id = (to_jsonb(NEW) ->> TG_ARGV[0])::uuid FOR KEY SHARE;
    IF standing = 'erased' THEN
        RAISE EXCEPTION 'the account was erased' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'account_erased';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER carts_of_the_living BEFORE INSERT OR UPDATE ON carts FOR EACH ROW EXECUTE FUNCTION refuse_erased('customer_id');
CREATE TRIGGER addresses_of_the_living BEFORE INSERT ON addresses FOR EACH ROW EXECUTE FUNCTION refuse_erased('user_id');
CREATE TRIGGER couriers_of_the_living BEFORE INSERT ON couriers FOR EACH ROW EXECUTE FUNCTION refuse_erased('user_id');
CREATE TRIGGER sessions_of_the_living BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION refuse_erased('user_id');
CREATE TRIGGER vendor_members_of_the_living BEFORE INSERT ON vendor_members FOR EACH ROW EXECUTE FUNCTION refuse_erased('user_id');
CREATE TRIGGER orders_of_the_living BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION refuse_erased('customer_id');

-- +goose Down
DROP TRIGGER orders_of_the_living ON orders;
DROP TRIGGER vendor_members_of_the_living ON vendor_members;
DROP TRIGGER sessions_of_the_living ON sessions;
DROP TRIGGER couriers_of_the_living ON couriers;
DROP TRIGGER addresses_of_the_living ON addresses;
DROP TRIGGER carts_of_the_living ON carts;
DROP FUNCTION refuse_erased();
UPDATE users SET status = 'suspended' WHERE status = 'erased';
ALTER TABLE users
    DROP COLUMN exported_at,
    DROP CONSTRAINT users_status_known,
    ADD CONSTRAINT users_status_known CHECK (status IN ('active', 'suspended'));
ALTER TABLE orders DROP COLUMN code_tries;
DROP INDEX addresses_one_default;
ALTER TABLE addresses
    DROP COLUMN line2,
    DROP COLUMN postcode,
    DROP COLUMN contact_name,
    DROP COLUMN contact_phone,
    DROP COLUMN is_default;
ALTER TABLE vendor_members DROP COLUMN since;
DROP TABLE vendor_invitations;
