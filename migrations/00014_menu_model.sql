-- When a category is served, what else there is to say of a dish, and menus in several languages.

-- +goose Up
ALTER TABLE vendors
    -- The first is the one that the menu is written in; the others are those it is translated to. BCP 47 tags.
    ADD COLUMN languages text[] NOT NULL DEFAULT '{en}',
    -- Hundredths of a percent by tax category, for those that are not taxed by tax_bp.
    ADD COLUMN tax_rates jsonb NOT NULL DEFAULT '{}',
    ADD CONSTRAINT vendors_languages_bound CHECK (cardinality(languages) BETWEEN 1 AND 8 AND octet_length(languages::text) <= 320),
    ADD CONSTRAINT vendors_tax_rates_bound CHECK (octet_length(tax_rates::text) <= 200);

ALTER TABLE categories
    -- {"windows":[{"days":[0],"from":420,"to":660}],"startsOn":"2026-12-24","endsOn":"2026-12-26"}; {} is always.
    ADD COLUMN schedule jsonb NOT NULL DEFAULT '{}',
    -- {"de":{"name":"Frühstück"}}
    ADD COLUMN translations jsonb NOT NULL DEFAULT '{}',
    ADD CONSTRAINT categories_schedule_size CHECK (octet_length(schedule::text) <= 4096),
    ADD CONSTRAINT categories_translations_size CHECK (octet_length(translations::text) <= 65536);

ALTER TABLE dishes
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN min_age int NOT NULL DEFAULT 0,
    ADD COLUMN tax_category text NOT NULL DEFAULT 'standard',
    ADD COLUMN packaging bigint NOT NULL DEFAULT 0, -- for one portion
    -- {"de":{"name":"Dosa","description":"…"}}; those of groups and options stand in option_groups.
    ADD COLUMN translations jsonb NOT NULL DEFAULT '{}',
    ADD CONSTRAINT dishes_tags_bound CHECK (cardinality(tags) <= 20 AND octet_length(tags::text) <= 4096),
    ADD CONSTRAINT dishes_min_age_bound CHECK (min_age BETWEEN 0 AND 25),
    ADD CONSTRAINT dishes_tax_category_known CHECK (tax_category IN ('standard', 'reduced', 'packaged', 'alcohol', 'exempt')),
    ADD CONSTRAINT dishes_packaging_bound CHECK (packaging BETWEEN 0 AND 1000000000000),
    ADD CONSTRAINT dishes_translations_size CHECK (octet_length(translations::text) <= 131072);

-- Whom an order may be handed to: the highest age that a dish of it asks for, which its customer has confirmed.
ALTER TABLE orders
    ADD COLUMN min_age int NOT NULL DEFAULT 0,
    ADD CONSTRAINT orders_min_age_bound CHECK (min_age BETWEEN 0 AND 25);

-- +goose Down
ALTER TABLE orders
    DROP COLUMN min_age;
ALTER TABLE dishes
    DROP COLUMN translations,
    DROP COLUMN packaging,
    DROP COLUMN tax_category,
    DROP COLUMN min_age,
    DROP COLUMN tags;
ALTER TABLE categories
    DROP COLUMN translations,
    DROP COLUMN schedule;
ALTER TABLE vendors
    DROP COLUMN tax_rates,
    DROP COLUMN languages;
