-- Webhooks: addresses of vendors and their partners that are told what happens, and what each is told.

-- +goose Up
CREATE TABLE webhook_endpoints (
    id              uuid PRIMARY KEY,
    vendor_id       uuid        NOT NULL REFERENCES vendors (id) ON DELETE CASCADE,
    url             text        NOT NULL,
    events          text[]      NOT NULL,                      -- types such as order.placed, order.* or *
    note            text        NOT NULL DEFAULT '',
    version         int         NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    status          text        NOT NULL DEFAULT 'enabled',
    disabled_reason text        NOT NULL DEFAULT '',
    disabled_at     timestamptz,
    deleted         boolean     NOT NULL DEFAULT false,        -- its deliveries are thrown away bit by bit, and then it is
    since_seq       bigint      NOT NULL,                      -- of the published order: told is what comes after it
    -- What is signed with, sealed.
    key             text        NOT NULL,                      -- of signing_keys
    sealed          bytea       NOT NULL,
    old_key         text,                                      -- of the secret before, which signs as well
    old_sealed      bytea,
    old_until       timestamptz,                               -- until then
    -- How it fares.
    failures        int         NOT NULL DEFAULT 0,            -- attempts in a row
    failing_since   timestamptz,                               -- the first of them
    succeeded_at    timestamptz,
    -- When it has its next turn: one process at a time sends to it.
    slow            boolean     NOT NULL DEFAULT true,         -- not known to answer quickly
    due_at          timestamptz,                               -- the first of what waits; NULL: nothing does
    held_until      timestamptz NOT NULL DEFAULT 'epoch',  -- by the process that sends to it, or for a rest
    turn            uuid,                                      -- of that process
    served_at       timestamptz NOT NULL DEFAULT 'epoch',  -- the end of its last turn
    hurried_at      timestamptz NOT NULL DEFAULT 'epoch',  -- when somebody last asked for something that they wait for
    CONSTRAINT webhook_endpoints_url_bound CHECK (char_length(url) BETWEEN 1 AND 2000),
    CONSTRAINT webhook_endpoints_events_some CHECK (cardinality(events) BETWEEN 1 AND 50),
    CONSTRAINT webhook_endpoints_note_bound CHECK (char_length(note) <= 200),
    CONSTRAINT webhook_endpoints_status_known CHECK (status IN ('enabled', 'disabled')),
    CONSTRAINT webhook_endpoints_reason_known CHECK (disabled_reason IN ('', 'vendor', 'staff', 'gone', 'failing')),
    CONSTRAINT webhook_endpoints_disabled_whole CHECK ((status = 'disabled') = (disabled_at IS NOT NULL) AND (status = 'disabled') = (disabled_reason <> '')),
    CONSTRAINT webhook_endpoints_old_whole CHECK ((old_key IS NULL) = (old_sealed IS NULL) AND (old_key IS NULL) = (old_until IS NULL))
);
CREATE INDEX webhook_endpoints_vendor ON webhook_endpoints (vendor_id) WHERE NOT deleted;
CREATE INDEX webhook_endpoints_due ON webhook_endpoints (slow, served_at) WHERE due_at IS NOT NULL AND status = 'enabled' AND NOT deleted;
CREATE INDEX webhook_endpoints_deleted ON webhook_endpoints (id) WHERE deleted;

-- What an endpoint is told: one row an event, whatever crashes. What an event says is in events, which nobody changes.
CREATE TABLE webhook_deliveries (
    id          uuid PRIMARY KEY,                       -- sorts by when it was made
    endpoint_id uuid        NOT NULL REFERENCES webhook_endpoints (id),
    seq         bigint,                                 -- of the event; NULL for a sample
    event_id    bigint,                                 -- of events; without a foreign key, whose checks would write there
    type        text        NOT NULL,
    subject_id  uuid        NOT NULL,                   -- of the event: what is of one thing goes in order
    sample      text,                                   -- the body of one that was asked for
    state       text        NOT NULL DEFAULT 'pending',
    attempts    int         NOT NULL DEFAULT 0,         -- in all
    tries       int         NOT NULL DEFAULT 0,         -- since it was last asked for: the place in the schedule
    next_at     timestamptz NOT NULL DEFAULT now(),     -- of one that is pending; 'epoch': somebody waits for it
    give_up_at  timestamptz NOT NULL,                   -- likewise
    created_at  timestamptz NOT NULL DEFAULT now(),
    -- The last attempt.
    tried_at    timestamptz,
    status      int         NOT NULL DEFAULT 0,         -- of the answer; 0: there was none
    error       text        NOT NULL DEFAULT '',        -- why it failed, in a word; '': it did not
    answer      text        NOT NULL DEFAULT '',        -- how the answer begins
    millis      int         NOT NULL DEFAULT 0,
    CONSTRAINT webhook_deliveries_state_known CHECK (state IN ('pending', 'delivered', 'failed')),
    CONSTRAINT webhook_deliveries_about_something CHECK ((seq IS NULL) = (event_id IS NULL) AND (seq IS NULL) = (sample IS NOT NULL)),
    CONSTRAINT webhook_deliveries_answer_bound CHECK (char_length(answer) <= 1024)
);
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (endpoint_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (endpoint_id, next_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_overdue ON webhook_deliveries (give_up_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (endpoint_id, id);

-- How far the published order has been looked through: one row, whose lock keeps two processes from telling twice.
CREATE TABLE webhook_cursor (
    singleton boolean PRIMARY KEY DEFAULT true,
    seq       bigint NOT NULL,
    CONSTRAINT webhook_cursor_singleton CHECK (singleton)
);
INSERT INTO webhook_cursor (seq) SELECT last FROM relay;

-- +goose Down
DROP TABLE webhook_cursor;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_endpoints;
