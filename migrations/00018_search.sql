-- Search over vendors and dishes: an entry each, kept in step by triggers in the transaction of the change, and the words
-- that occur, for the correction and completion of what people type. docs/search.md tells how they are used.

-- +goose Up

-- Both are trusted: whoever may create objects in the database may create them (Postgres 13).
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- What two texts have in common that mean the same to somebody who types: one case, no accents, one form of a letter where
-- keyboards have several, no punctuation, single spaces. It names all characters itself, so it does not depend on the locale.
-- Compatibility forms first (full-width Latin, half-width kana, ligatures, the two ways to write a letter with a dot in Hindi).
-- Then what is only shown goes without a space: apostrophes, joiners, combining accents, Arabic vowels and stretching, the
-- Devanagari dot. What separates becomes a space.
-- +goose StatementBegin
CREATE FUNCTION search_fold(typed text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
RETURN btrim(regexp_replace(
    regexp_replace(
        translate(lower(unaccent(normalize(typed, NFKC))), 'أإآٱىةؤئکی', 'اااايهويكي'),
        '[''`´‘’ʼ\u0300-\u036f\u0640\u064b-\u0652\u0670\u093c\u200b-\u200f\ufe00-\ufe0f\ufeff]+', '', 'g'),
    '[\u0001-\u002f\u003a-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb-\u00bf\u00d7\u00f7\u060c\u061b\u061f\u066a-\u066d\u0964\u0965\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u3020\u30fb\uff00-\uff0f\U0001f000-\U0001faff]+',
    ' ', 'g'));
-- +goose StatementEnd

-- A folded text with a space between any two words. Scripts that put none there (Thai, Lao, kana, Chinese, Hangul) are cut into
-- pairs of neighbours and the last character, so that every part of a name is the beginning of some of its words.
-- +goose StatementBegin
CREATE FUNCTION search_cut(folded text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT string_agg(CASE
               WHEN word ~ '^[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]' THEN substr(word, i, 2)
               ELSE word
           END, ' ' ORDER BY place, i)
    FROM regexp_split_to_table(
             btrim(regexp_replace(folded, '([\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)', ' \1 ', 'g')), ' +')
             WITH ORDINALITY AS words (word, place),
         generate_series(1, CASE
             WHEN word ~ '^[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]' THEN length(word)
             ELSE 1
         END) AS i);
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION search_spaced(folded text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN folded ~ '[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]' THEN search_cut(folded)
    ELSE folded
    END;
-- +goose StatementEnd

-- A folded text as words of a weight. They hold nothing that the form of a tsvector would have to quote; positions say nothing
-- here, but a weight hangs on one. Written so that the planner puts it in line, which makes it twenty times as fast.
-- +goose StatementBegin
CREATE FUNCTION search_vector(folded text, weight "char") RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN setweight(
    coalesce(('''' || replace(nullif(search_spaced(folded), ''), ' ', ''':1 ''') || ''':1')::tsvector, ''), weight);
-- +goose StatementEnd

-- The names in other languages, folded.
-- +goose StatementBegin
CREATE FUNCTION search_translated(translations jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS
$$
BEGIN
    IF translations = '{}' THEN
        RETURN '';
    END IF;
    RETURN (SELECT search_fold(coalesce(string_agg(one.value ->> 'name', ' '), '')) FROM jsonb_each(translations) AS one);
END
$$;
-- +goose StatementEnd

-- The Earth in squares of a twentieth of a degree, 5.5 km from south to north: those that a circle touches, and the one that a
-- point lies in. They only narrow down what the index yields; the zone itself is checked after. A degree has 111,195 m: 110,000
-- leaves a margin.
-- +goose StatementBegin
CREATE FUNCTION search_areas(lat double precision, lng double precision, radius_m int) RETURNS int[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(
    SELECT DISTINCT row * 7200 + (col % 7200 + 7200) % 7200
    FROM generate_series(floor((lat - radius_m / 110000.0) * 20)::int, floor((lat + radius_m / 110000.0) * 20)::int) AS row,
         generate_series(floor((lng - radius_m / 110000.0 / greatest(cosd(lat), 0.01)) * 20)::int,
                         floor((lng + radius_m / 110000.0 / greatest(cosd(lat), 0.01)) * 20)::int) AS col
    ORDER BY 1);
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION search_area(lat double precision, lng double precision) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN floor(lat * 20)::int * 7200 + (floor(lng * 20)::int % 7200 + 7200) % 7200;
-- +goose StatementEnd

-- One row for each vendor, whatever its standing, and for each dish that is on a menu.
CREATE TABLE search_entries (
    id           uuid PRIMARY KEY,        -- of the dish, or of the vendor itself
    vendor_id    uuid     NOT NULL REFERENCES vendors (id) ON DELETE CASCADE,
    title        text     NOT NULL,       -- as people read it
    name         text     NOT NULL,       -- folded
    -- A: the name in all languages. B: a vendor's cuisines, a dish's category. C: of a dish, its vendor's name and cuisines.
    words        tsvector NOT NULL,
    areas        int[]    NOT NULL,       -- that the vendor's zone touches
    hidden_until timestamptz,             -- of a dish that cannot be had; infinity: until somebody says otherwise
    CONSTRAINT search_entries_areas_bound CHECK (cardinality(areas) <= 20000)
);
-- Place and words in one index, so that a common word costs what is near and not what there is. A short pending list keeps
-- searches quick after many writes.
CREATE INDEX search_entries_near ON search_entries USING gin (areas, words) WITH (gin_pending_list_limit = 512);
CREATE INDEX search_entries_vendor ON search_entries (vendor_id);

-- The words of A and B that have occurred. Those that went out of use stay: they lead to nothing, and cost a row.
CREATE TABLE search_words (
    word text COLLATE "C" NOT NULL,
    CONSTRAINT search_words_bound CHECK (length(word) BETWEEN 1 AND 40)
);
-- Not unique: two that add the same word at the same moment need not wait for each other, and a word twice does no harm.
CREATE INDEX search_words_word ON search_words (word);
CREATE INDEX search_words_like ON search_words USING gin (word gin_trgm_ops);

-- The words like a typed one, nearest first. Below a similarity of 0.2, one wrong letter in the middle of a word of four, two words
-- have too little in common to be looked at.
-- +goose StatementBegin
CREATE FUNCTION search_alike(typed text, most int) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET pg_trgm.similarity_threshold = 0.2 AS
$$
SELECT ARRAY(
    SELECT word::text
    FROM search_words
    WHERE word % (typed COLLATE "C")
    GROUP BY word
    ORDER BY similarity(word, typed COLLATE "C") DESC, word
    LIMIT most)
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION search_learn(entry_ids uuid[]) RETURNS void
    LANGUAGE plpgsql AS
$$
BEGIN
    INSERT INTO search_words (word)
    SELECT DISTINCT lexeme
    FROM search_entries,
         unnest(words)
    WHERE id = ANY (entry_ids)
      AND weights && '{A,B}'
      AND length(lexeme) <= 40
      AND NOT EXISTS (SELECT FROM search_words WHERE word = lexeme);
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION search_put_vendors(vendor_ids uuid[]) RETURNS void
    LANGUAGE plpgsql AS
$$
BEGIN
    INSERT INTO search_entries (id, vendor_id, title, name, words, areas)
    SELECT id, id, vendors.name, search_fold(vendors.name),
           search_vector(search_fold(vendors.name), 'A') || search_vector(search_fold(array_to_string(cuisines, ' ')), 'B'), search_areas(lat, lng, radius_m)
    FROM vendors
    WHERE id = ANY (vendor_ids)
    ON CONFLICT (id) DO UPDATE
    SET title = excluded.title, name = excluded.name, words = excluded.words, areas = excluded.areas;
    PERFORM search_learn(vendor_ids);
END
$$;
-- +goose StatementEnd

-- Until when a dish cannot be had; NULL: it can.
-- +goose StatementBegin
CREATE FUNCTION search_hidden(available boolean, unavailable_until timestamptz, stock int) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN stock = 0 THEN 'infinity'::timestamptz
    WHEN NOT available THEN coalesce(unavailable_until, 'infinity'::timestamptz)
    END;
-- +goose StatementEnd

-- In the order of the IDs, as everybody takes several.
-- +goose StatementBegin
CREATE FUNCTION search_put_dishes(dish_ids uuid[]) RETURNS void
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

-- Many rows at once come from imports and whole menus: they are taken together.
-- +goose StatementBegin
CREATE FUNCTION search_after_insert() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    IF TG_TABLE_NAME = 'vendors' THEN
        PERFORM search_put_vendors(ARRAY(SELECT id FROM fresh));
    ELSE
        PERFORM search_put_dishes(ARRAY(SELECT id FROM fresh));
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER vendors_searchable AFTER INSERT ON vendors
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION search_after_insert();
CREATE TRIGGER dishes_searchable AFTER INSERT ON dishes
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION search_after_insert();

-- Updates are looked at row by row, and only when they change what is searched: most of them do not, such as a stock that orders
-- count down.
-- +goose StatementBegin
CREATE FUNCTION search_after_update() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'vendors' THEN
            PERFORM search_put_vendors(ARRAY[NEW.id]);
            PERFORM search_put_dishes(ARRAY(SELECT id FROM dishes WHERE vendor_id = NEW.id AND deleted_at IS NULL));
        WHEN 'categories' THEN
            PERFORM search_put_dishes(ARRAY(SELECT id FROM dishes WHERE category_id = NEW.id AND deleted_at IS NULL));
        ELSE
            PERFORM search_put_dishes(ARRAY[NEW.id]);
    END CASE;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER vendors_search_again AFTER UPDATE ON vendors FOR EACH ROW
    WHEN ((OLD.name, OLD.cuisines, OLD.lat, OLD.lng, OLD.radius_m) <> (NEW.name, NEW.cuisines, NEW.lat, NEW.lng, NEW.radius_m))
    EXECUTE FUNCTION search_after_update();
CREATE TRIGGER categories_search_again AFTER UPDATE ON categories FOR EACH ROW
    WHEN ((OLD.name, OLD.translations) <> (NEW.name, NEW.translations))
    EXECUTE FUNCTION search_after_update();
CREATE TRIGGER dishes_search_again AFTER UPDATE ON dishes FOR EACH ROW
    WHEN ((OLD.name, OLD.translations, OLD.category_id, OLD.deleted_at)
          IS DISTINCT FROM (NEW.name, NEW.translations, NEW.category_id, NEW.deleted_at))
    EXECUTE FUNCTION search_after_update();

-- +goose StatementBegin
CREATE FUNCTION search_hide() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    UPDATE search_entries
    SET hidden_until = search_hidden(NEW.available, NEW.unavailable_until, NEW.stock)
    WHERE id = NEW.id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER dishes_search_hide AFTER UPDATE ON dishes FOR EACH ROW
    WHEN ((OLD.available, OLD.unavailable_until, OLD.stock = 0) IS DISTINCT FROM (NEW.available, NEW.unavailable_until, NEW.stock = 0))
    EXECUTE FUNCTION search_hide();

-- +goose StatementBegin
CREATE FUNCTION search_forget() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    DELETE FROM search_entries WHERE id = OLD.id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER dishes_search_forget AFTER DELETE ON dishes FOR EACH ROW EXECUTE FUNCTION search_forget();

-- What there is already.
SELECT search_put_vendors(ARRAY(SELECT id FROM vendors));
SELECT search_put_dishes(ARRAY(SELECT id FROM dishes WHERE deleted_at IS NULL));

-- +goose Down
DROP TRIGGER dishes_search_forget ON dishes;
DROP TRIGGER dishes_search_hide ON dishes;
DROP TRIGGER dishes_search_again ON dishes;
DROP TRIGGER categories_search_again ON categories;
DROP TRIGGER vendors_search_again ON vendors;
DROP TRIGGER dishes_searchable ON dishes;
DROP TRIGGER vendors_searchable ON vendors;
DROP FUNCTION search_forget();
DROP FUNCTION search_hide();
DROP FUNCTION search_after_update();
DROP FUNCTION search_after_insert();
DROP FUNCTION search_put_dishes(uuid[]);
DROP FUNCTION search_hidden(boolean, timestamptz, int);
DROP FUNCTION search_put_vendors(uuid[]);
DROP FUNCTION search_learn(uuid[]);
DROP FUNCTION search_alike(text, int);
DROP TABLE search_words;
DROP TABLE search_entries;
DROP FUNCTION search_area(double precision, double precision);
DROP FUNCTION search_areas(double precision, double precision, int);
DROP FUNCTION search_translated(jsonb);
DROP FUNCTION search_vector(text, "char");
DROP FUNCTION search_spaced(text);
DROP FUNCTION search_cut(text);
DROP FUNCTION search_fold(text);
-- The extensions stay: something else in the database may use them.
