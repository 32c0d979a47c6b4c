-- A dish's entry costs less to write: each text is folded once, and the usual one, of plain words, by its case alone.

-- +goose Up

-- As before, but a text of Latin letters, digits and single spaces only changes its case.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION search_fold(typed text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN typed ~ '^[A-Za-z0-9]+( [A-Za-z0-9]+)*$' THEN lower(typed) ELSE btrim(regexp_replace(
    regexp_replace(
        translate(lower(unaccent(normalize(typed, NFKC))), 'أإآٱىةؤئکی', 'اااايهويكي'),
        '[''`´‘’ʼ\u0300-\u036f\u0640\u064b-\u0652\u0670\u093c\u200b-\u200f\ufe00-\ufe0f\ufeff]+', '', 'g'),
    '[\u0001-\u002f\u003a-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb-\u00bf\u00d7\u00f7\u060c\u061b\u061f\u066a-\u066d\u0964\u0965\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u3020\u30fb\uff00-\uff0f\U0001f000-\U0001faff]+',
    ' ', 'g')) END;
-- +goose StatementEnd

-- OFFSET 0 has the texts made once: without it the planner puts how they are made wherever they are named. What they are made of
-- is joined straight, by indexes: plans of functions are kept, and made for no particular number of dishes.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION search_put_dishes(dish_ids uuid[]) RETURNS void
    LANGUAGE plpgsql AS
$$
BEGIN
    DELETE FROM search_entries
    USING dishes
    WHERE search_entries.id = ANY (dish_ids) AND dishes.id = search_entries.id AND deleted_at IS NOT NULL;

    INSERT INTO search_entries (id, vendor_id, title, name, words, areas, hidden_until)
    SELECT dish.id, dish.vendor_id, dish.title, dish.name,
           search_vector(btrim(dish.name || translated), 'A') || search_vector(btrim(category || category_translated), 'B')
               || setweight(house.words, 'C'),
           house.areas, dish.hidden_until
    FROM (
        SELECT dishes.id, dishes.vendor_id, dishes.name AS title, search_fold(dishes.name) AS name,
               CASE WHEN dishes.translations = '{}' THEN '' ELSE ' ' || search_translated(dishes.translations) END AS translated,
               search_fold(coalesce(categories.name, '')) AS category,
               CASE WHEN categories.translations <> '{}' THEN ' ' || search_translated(categories.translations) ELSE '' END
                   AS category_translated,
               search_hidden(available, unavailable_until, stock) AS hidden_until
        FROM dishes
        LEFT JOIN categories ON categories.id = dishes.category_id
        WHERE dishes.id = ANY (dish_ids) AND deleted_at IS NULL
        OFFSET 0
    ) AS dish
    JOIN search_entries AS house ON house.id = dish.vendor_id
    ORDER BY dish.id
    ON CONFLICT (id) DO UPDATE
    SET title = excluded.title, name = excluded.name, words = excluded.words, areas = excluded.areas, hidden_until = excluded.hidden_until;
    PERFORM search_learn(dish_ids);
END
$$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION search_fold(typed text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
RETURN btrim(regexp_replace(
    regexp_replace(
        translate(lower(unaccent(normalize(typed, NFKC))), 'أإآٱىةؤئکی', 'اااايهويكي'),
        '[''`´‘’ʼ\u0300-\u036f\u0640\u064b-\u0652\u0670\u093c\u200b-\u200f\ufe00-\ufe0f\ufeff]+', '', 'g'),
    '[\u0001-\u002f\u003a-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb-\u00bf\u00d7\u00f7\u060c\u061b\u061f\u066a-\u066d\u0964\u0965\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u3020\u30fb\uff00-\uff0f\U0001f000-\U0001faff]+',
    ' ', 'g'));
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION search_put_dishes(dish_ids uuid[]) RETURNS void
    LANGUAGE plpgsql AS
$$
BEGIN
    DELETE FROM search_entries
    USING dishes
    WHERE search_entries.id = ANY (dish_ids) AND dishes.id = search_entries.id AND deleted_at IS NOT NULL;

    INSERT INTO search_entries (id, vendor_id, title, name, words, areas, hidden_until)
    SELECT dishes.id, dishes.vendor_id, dishes.name, search_fold(dishes.name),
           search_vector(search_fold(dishes.name), 'A') || search_vector(search_translated(dishes.translations), 'A')
               || search_vector(search_fold(coalesce(categories.name, '')), 'B')
               || search_vector(search_translated(coalesce(categories.translations, '{}')), 'B') || setweight(house.words, 'C'),
           house.areas, search_hidden(available, unavailable_until, stock)
    FROM dishes
    JOIN search_entries AS house ON house.id = dishes.vendor_id
    LEFT JOIN categories ON categories.id = dishes.category_id
    WHERE dishes.id = ANY (dish_ids) AND deleted_at IS NULL
    ORDER BY dishes.id
    ON CONFLICT (id) DO UPDATE
    SET title = excluded.title, name = excluded.name, words = excluded.words, areas = excluded.areas, hidden_until = excluded.hidden_until;
    PERFORM search_learn(dish_ids);
END
$$;
-- +goose StatementEnd
