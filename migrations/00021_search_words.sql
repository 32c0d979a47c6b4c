-- What search learns words from: vendors that everybody sees, and not the names that categories have for a moment while a menu
-- is written.

-- +goose Up

-- Who is not approved could otherwise teach what the corrections of everybody's typing are taken from. Called with the IDs of
-- vendors or dishes.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION search_learn(entry_ids uuid[]) RETURNS void
    LANGUAGE plpgsql AS
$$
BEGIN
    INSERT INTO search_words (word)
    SELECT DISTINCT lexeme
    FROM search_entries
    JOIN vendors ON vendors.id = search_entries.vendor_id AND vendors.status = 'approved',
         unnest(words)
    WHERE search_entries.id = ANY (entry_ids)
      AND weights && '{A,B}'
      AND length(lexeme) <= 40
      AND NOT EXISTS (SELECT FROM search_words WHERE word = lexeme);
END
$$;
-- +goose StatementEnd

-- Approval is when the words of a vendor and its menu are learnt.
-- +goose StatementBegin
CREATE FUNCTION search_approved() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM search_learn(ARRAY(SELECT id FROM search_entries WHERE vendor_id = NEW.id));
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER vendors_search_approved AFTER UPDATE ON vendors FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND NEW.status = 'approved')
    EXECUTE FUNCTION search_approved();

-- A category that is parked under its ID gets its name back in the same transaction.
DROP TRIGGER categories_search_again ON categories;
CREATE TRIGGER categories_search_again AFTER UPDATE ON categories FOR EACH ROW
    WHEN ((OLD.name, OLD.translations) <> (NEW.name, NEW.translations) AND NEW.name <> NEW.id::text)
    EXECUTE FUNCTION search_after_update();

-- What was learnt from others, and from names of categories that none has any more, goes.
DELETE FROM search_words
WHERE word NOT IN (
    SELECT lexeme
    FROM search_entries
    JOIN vendors ON vendors.id = search_entries.vendor_id AND vendors.status = 'approved',
         unnest(words)
    WHERE weights && '{A,B}');

-- +goose Down
DROP TRIGGER vendors_search_approved ON vendors;
DROP FUNCTION search_approved();
DROP TRIGGER categories_search_again ON categories;
CREATE TRIGGER categories_search_again AFTER UPDATE ON categories FOR EACH ROW
    WHEN ((OLD.name, OLD.translations) <> (NEW.name, NEW.translations))
    EXECUTE FUNCTION search_after_update();
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION search_learn(entry_ids uuid[]) RETURNS void
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
SELECT search_learn(ARRAY(SELECT id FROM search_entries));
