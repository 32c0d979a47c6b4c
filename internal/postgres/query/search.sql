-- name: SearchTerms :many
-- What was typed, folded, in words (see search_spaced), and for each of at least 4 characters the words like it that names hold, and
-- the beginnings after which it is cut into two words that names hold; of the last word the second part may be only begun. Two
-- neighbours swapped leave a word of 4 or 5 without a trigram in common, so those are looked up. What was typed may hold no word at
-- all. OFFSET 0 holds the planner from reading all words to compare some with them.
WITH typed AS (
    SELECT search_fold(@typed::text) AS folded
)
SELECT typed.folded::text AS folded, term::text AS term,
       CASE WHEN length(term) >= 4 THEN search_alike(term, @most) ELSE '{}' END::text[] AS alike,
       CASE WHEN length(term) BETWEEN 4 AND 5 THEN ARRAY(
           SELECT swap
           FROM generate_series(1, length(term) - 1) AS i,
                concat(left(term, i - 1), substr(term, i + 1, 1), substr(term, i, 1), substr(term, i + 2)) AS swap
           WHERE EXISTS (SELECT FROM search_words WHERE word = swap OFFSET 0)
       ) ELSE '{}' END::text[] AS swapped,
       CASE WHEN length(term) BETWEEN 4 AND 80 THEN ARRAY(
           SELECT left(term, i)
           FROM generate_series(2, length(term) - 2) AS i,
                substr(term, i + 1) AS rest,
                concat(rest, CASE WHEN is_last THEN chr(1114111) END) AS through
           WHERE EXISTS (SELECT FROM search_words WHERE word = left(term, i) OFFSET 0)
             AND EXISTS (SELECT FROM search_words WHERE word >= rest AND word <= through OFFSET 0)
       ) ELSE '{}' END::text[] AS cut
FROM typed,
     LATERAL (SELECT term, place, place = count(*) OVER () AS is_last
              FROM string_to_table(search_spaced(folded), ' ') WITH ORDINALITY AS terms (term, place)) AS terms
ORDER BY place;

-- name: Search :many
-- The index yields what has the words in the square of the point. The vendors that deliver there are found by their cells, and kept
-- in a hash: IS TRUE holds the planner, which expects a hit or none, from joining the two by comparing each with each. Of @own it
-- keeps it from looking up the words in the index twice. The score is explained in docs/search.md: it is in millionths, so that a
-- page ends at an exact one. Of the words, one at least is the thing's own, not only its vendor's. One vendor has at most 3 dishes in
-- the list: those that match best, for in all else they are equal.
WITH found AS (
    SELECT id, vendor_id, CASE
               WHEN name = @folded::text THEN '1'::float8
               WHEN starts_with(name, @folded::text) THEN '0.9'::float8
               WHEN words @@ @exact_name::tsquery THEN '0.8'::float8
               WHEN words @@ @exact::tsquery THEN '0.6'::float8
               WHEN words @@ @loose_name::tsquery THEN '0.5'::float8
               ELSE '0.35'::float8
           END AS text
    FROM search_entries
    WHERE areas @> ARRAY[search_area(@lat::float8, @lng::float8)]
      AND words @@ @loose::tsquery
      AND (words @@ @own::tsquery) IS TRUE
      AND (hidden_until IS NULL OR hidden_until <= @now::timestamptz)
      AND (vendor_id IN (
              SELECT vendors.id
              FROM vendors
              WHERE status = 'approved'
                AND zone_cells && @cells::bigint[]
                AND zone_holds(meters(lat, lng, @lat::float8, @lng::float8), radius_m, zone_ring, zone_plane, @lat, @lng))) IS TRUE
), ranked AS (
    SELECT id, vendor_id, text, row_number() OVER (PARTITION BY vendor_id, id = vendor_id ORDER BY text DESC, id) AS place
    FROM found
), scored AS MATERIALIZED (
    SELECT ranked.id, ranked.vendor_id, away.meters, round(1000000 * (
               '0.60'::float8 * text
               + '0.15'::float8 / (1 + away.meters / 3000)
               + '0.10'::float8 * vendors.rating_average / 5
               + '0.15'::float8 * open_at(open_minutes, closed, paused_until, timezone, @now::timestamptz)::int))::bigint AS score
    FROM ranked
    JOIN vendors ON vendors.id = ranked.vendor_id
    CROSS JOIN LATERAL (SELECT meters(lat, lng, @lat::float8, @lng::float8) AS meters) AS away
    WHERE place <= 3
), page AS (
    SELECT id, vendor_id, meters, score
    FROM scored
    WHERE score < @after_score::bigint OR score = @after_score::bigint AND id > @after_id::uuid
    ORDER BY score DESC, id
    LIMIT @most
)
SELECT page.id, page.meters::float8 AS meters, page.score, sqlc.embed(v), k.cooking, k.margin, k.answer
FROM page
JOIN vendors v ON v.id = page.vendor_id
LEFT JOIN kitchens k ON k.vendor_id = v.id
ORDER BY page.score DESC, page.id;

-- name: DishesFound :many
SELECT sqlc.embed(d), c.schedule
FROM dishes d
JOIN categories c ON c.id = d.category_id
WHERE d.id = ANY(@ids::uuid[]) AND d.deleted_at IS NULL;

-- name: DishesSuggested :many
-- Of those that are called the same and served by the same schedule, the first few.
WITH namesakes AS (
    SELECT d.id, row_number() OVER (PARTITION BY d.name, c.schedule, v.timezone ORDER BY d.id) AS place
    FROM dishes d
    JOIN categories c ON c.id = d.category_id
    JOIN vendors v ON v.id = d.vendor_id
    WHERE d.id = ANY(@ids::uuid[]) AND d.deleted_at IS NULL
)
SELECT sqlc.embed(d), c.schedule, sqlc.embed(v)
FROM namesakes
JOIN dishes d ON d.id = namesakes.id
JOIN categories c ON c.id = d.category_id
JOIN vendors v ON v.id = d.vendor_id
WHERE place <= @most::int;

-- name: Suggest :many
-- What names begin with, or hold, the words typed so far: dishes that several vendors call the same once, vendors, cuisines. Each
-- kind has its own order, and they take turns. With a dish come some of those that are called so.
WITH near AS MATERIALIZED (
    SELECT id, cuisines
    FROM vendors
    WHERE status = 'approved'
      AND zone_cells && @cells::bigint[]
      AND zone_holds(meters(lat, lng, @lat::float8, @lng::float8), radius_m, zone_ring, zone_plane, @lat, @lng)
), found AS MATERIALIZED (
    SELECT id, vendor_id, title, name, words @@ @exact_name::tsquery AS exact
    FROM search_entries
    WHERE areas @> ARRAY[search_area(@lat::float8, @lng::float8)]
      AND words @@ @loose_name::tsquery
      AND (hidden_until IS NULL OR hidden_until <= @now::timestamptz)
      AND (vendor_id IN (SELECT near.id FROM near)) IS TRUE -- a hash, as in Search
), texts AS (
    SELECT min(title) AS text, 'dish' AS kind, NULL::uuid AS vendor_id, name, count(*) AS vendors, 0 AS meters, bool_or(exact) AS exact,
           (array_agg(id ORDER BY id))[:@most_alike::int] AS dish_ids
    FROM found
    WHERE id <> vendor_id
    GROUP BY name
    UNION ALL
    SELECT found.title, 'vendor', found.vendor_id, found.name, 1, meters(lat, lng, @lat::float8, @lng::float8), found.exact, '{}'
    FROM found
    JOIN vendors ON vendors.id = found.vendor_id
    WHERE found.id = found.vendor_id
    UNION ALL
    SELECT mode() WITHIN GROUP (ORDER BY cuisine), 'cuisine', NULL, search_fold(cuisine), count(DISTINCT near.id), 0, true, '{}'
    FROM near,
         unnest(cuisines) AS cuisine
    WHERE starts_with(search_fold(cuisine), @folded::text)
    GROUP BY search_fold(cuisine)
), ranked AS (
    SELECT *, row_number() OVER (
        PARTITION BY kind ORDER BY starts_with(name, @folded::text) DESC, exact DESC, vendors DESC, meters, name, vendor_id) AS place
    FROM texts
)
SELECT text::text AS text, kind, vendor_id, dish_ids::uuid[] AS dish_ids
FROM ranked
ORDER BY place, kind, name, vendor_id
LIMIT @most;

-- name: TryForgetWords :one
-- Whether nobody is just now writing what words are learnt from, and waits with it until this transaction ends. The number is that of
-- search_learn.
SELECT pg_try_advisory_xact_lock(7221960002)::boolean AS held;

-- name: ForgetWords :one
-- Looks at the words after one, in their order, and forgets those that no approved vendor has. A statement of its own after the lock: it
-- must see what was committed before.
WITH looked AS MATERIALIZED (
    SELECT DISTINCT word
    FROM search_words
    WHERE word > @after::text
    ORDER BY word
    LIMIT @most
), gone AS (
    DELETE FROM search_words
    WHERE word IN (
        SELECT looked.word
        FROM looked
        WHERE NOT EXISTS (
            SELECT FROM search_entries AS e
            JOIN vendors AS v ON v.id = e.vendor_id AND v.status = 'approved'
            WHERE e.words @@ (format('%L:AB', looked.word)::tsquery)))
    RETURNING word
)
SELECT coalesce((SELECT max(word) FROM looked), '')::text AS last, (SELECT count(*) FROM looked)::int AS looked,
       (SELECT count(*) FROM gone)::int AS gone;
