-- The event log, which is also the outbox.

-- +goose Up

-- One row an event of an order, a vendor or a courier, written in the transaction that changed its subject while that
-- subject's row was locked; so versions are contiguous a subject. pub_seq is the place in the published order, given
-- later by the relay: dense, ascending, never reused.
CREATE TABLE events (
    id          bigserial PRIMARY KEY,
    subject     text        NOT NULL,
    subject_id  uuid        NOT NULL,
    version     int         NOT NULL,
    type        text        NOT NULL,
    actor_role  text        NOT NULL,
    actor_id    uuid,
    vendor_id   uuid,
    customer_id uuid,
    courier_id  uuid,
    city        text        NOT NULL DEFAULT '',
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    data        jsonb       NOT NULL DEFAULT '{}', -- no personal data beyond IDs
    pub_seq     bigint,
    CONSTRAINT events_subject_known CHECK (subject IN ('order', 'vendor', 'courier')),
    CONSTRAINT events_version_positive CHECK (version > 0)
);
CREATE UNIQUE INDEX events_subject_version ON events (subject_id, version);
CREATE UNIQUE INDEX events_pub_seq ON events (pub_seq) WHERE pub_seq IS NOT NULL;
CREATE INDEX events_unpublished ON events (id) WHERE pub_seq IS NULL;

-- The relay's place: one row, whose lock is the only thing that keeps two relays from numbering at once.
CREATE TABLE relay (
    singleton boolean PRIMARY KEY DEFAULT true,
    last      bigint NOT NULL DEFAULT 0,
    epoch     text   NOT NULL,           -- part of the stream's key; changes when the order of events was lost
    CONSTRAINT relay_singleton CHECK (singleton)
);
INSERT INTO relay (epoch) VALUES (substr(replace(gen_random_uuid()::text, '-', ''), 1, 8));

-- +goose Down
DROP TABLE relay;
DROP TABLE events;
