-- Words that no approved vendor has any more are forgotten, and none that somebody is about to have.

-- +goose Up

-- As before, and what forgets words holds the same lock alone: a word that is found here, and so is not written, is not forgotten before
-- the entry that has it is committed. Writers do not wait for each other.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION search_learn(entry_ids uuid[]) RETURNS void
    LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7221960002);
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

-- +goose Down
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
