-- name: LetterReader :one
-- Whom a letter goes to and what they want, with the database's clock; one row even when there is no such account.
SELECT clock_timestamp()::timestamptz AS read_at,
       u.email,
       u.first_name,
       p.orders,
       p.changes,
       p.news
FROM (SELECT 1) AS one
LEFT JOIN users u ON u.id = @user_id
LEFT JOIN mail_preferences p ON p.user_id = u.id;

-- name: MailPreferences :one
SELECT orders, changes, news
FROM mail_preferences
WHERE user_id = @user_id;

-- name: SaveMailPreferences :exec
INSERT INTO mail_preferences (user_id, orders, changes, news)
VALUES (@user_id, @orders, @changes, @news)
ON CONFLICT (user_id) DO UPDATE
SET orders = excluded.orders, changes = excluded.changes, news = excluded.news, updated_at = now();
