-- Search follows changes of dishes and categories by statement: a whole menu at once costs one pass and not one for each row.
-- Vendors stay by row: they change one at a time, and each with all its dishes together already.

-- +goose Up
DROP TRIGGER dishes_search_again ON dishes;
DROP TRIGGER dishes_search_hide ON dishes;
DROP TRIGGER dishes_search_forget ON dishes;
DROP TRIGGER categories_search_again ON categories;
DROP FUNCTION search_hide();

-- EXCEPT leaves what a statement has changed of the columns that search shows, and treats NULL as a value. Unlike a join of the two
-- tables, its plan is good for a row and for thousands; the plans of functions are kept.
-- +goose StatementBegin
CREATE FUNCTION search_dishes_changed() RETURNS trigger
    LANGUAGE plpgsql AS
$$
DECLARE
    concerned uuid[];
BEGIN
    concerned := ARRAY(
        SELECT id FROM after WHERE deleted_at IS NOT NULL
        EXCEPT
        SELECT id FROM before WHERE deleted_at IS NOT NULL);
    IF cardinality(concerned) > 0 THEN
        DELETE FROM search_entries WHERE id = ANY (concerned);
    END IF;

    concerned := ARRAY(
        SELECT id FROM (
            SELECT id, name, translations, category_id FROM after WHERE deleted_at IS NULL
            EXCEPT
            SELECT id, name, translations, category_id FROM before WHERE deleted_at IS NULL) AS changed);
    IF cardinality(concerned) > 0 THEN
        PERFORM search_put_dishes(concerned);
    END IF;

    concerned := ARRAY(
        SELECT id FROM (
            SELECT id, available, unavailable_until, stock = 0 FROM after WHERE deleted_at IS NULL
            EXCEPT
            SELECT id, available, unavailable_until, stock = 0 FROM before WHERE deleted_at IS NULL) AS changed);
    IF cardinality(concerned) > 0 THEN
        UPDATE search_entries
        SET hidden_until = search_hidden(available, unavailable_until, stock)
        FROM dishes
        WHERE dishes.id = ANY (concerned)
          AND search_entries.id = dishes.id
          AND hidden_until IS DISTINCT FROM search_hidden(available, unavailable_until, stock); -- else it was put just now
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER dishes_search_again AFTER UPDATE ON dishes
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION search_dishes_changed();

-- A category that is parked under its ID gets its name back in the same transaction.
-- +goose StatementBegin
CREATE FUNCTION search_categories_changed() RETURNS trigger
    LANGUAGE plpgsql AS
$$
DECLARE
    concerned uuid[];
BEGIN
    concerned := ARRAY(
        SELECT id FROM (
            SELECT id, name, translations FROM after WHERE name <> id::text
            EXCEPT
            SELECT id, name, translations FROM before) AS changed);
    IF cardinality(concerned) > 0 THEN
        PERFORM search_put_dishes(ARRAY(SELECT id FROM dishes WHERE category_id = ANY (concerned) AND deleted_at IS NULL));
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER categories_search_again AFTER UPDATE ON categories
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION search_categories_changed();

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION search_forget() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    DELETE FROM search_entries WHERE id = ANY (ARRAY(SELECT id FROM before));
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER dishes_search_forget AFTER DELETE ON dishes
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION search_forget();

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION search_after_update() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM search_put_vendors(ARRAY[NEW.id]);
    PERFORM search_put_dishes(ARRAY(SELECT id FROM dishes WHERE vendor_id = NEW.id AND deleted_at IS NULL));
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER dishes_search_forget ON dishes;
DROP TRIGGER categories_search_again ON categories;
DROP TRIGGER dishes_search_again ON dishes;
DROP FUNCTION search_categories_changed();
DROP FUNCTION search_dishes_changed();

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION search_after_update() RETURNS trigger
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
CREATE TRIGGER categories_search_again AFTER UPDATE ON categories FOR EACH ROW
    WHEN ((OLD.name, OLD.translations) <> (NEW.name, NEW.translations) AND NEW.name <> NEW.id::text)
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
CREATE OR REPLACE FUNCTION search_forget() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    DELETE FROM search_entries WHERE id = OLD.id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER dishes_search_forget AFTER DELETE ON dishes FOR EACH ROW EXECUTE FUNCTION search_forget();
