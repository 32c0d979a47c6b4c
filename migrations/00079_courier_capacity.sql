-- How much staff let a courier carry at once: another vehicle may make it less, and not more.

-- +goose Up
ALTER TABLE couriers
    ADD COLUMN capacity_most int, -- as staff say; NULL: as is usual of the vehicle
    ADD CONSTRAINT couriers_capacity_most_bound CHECK (capacity_most BETWEEN 1 AND 4);
UPDATE couriers SET capacity_most = capacity
WHERE capacity <> CASE vehicle WHEN 'foot' THEN 1 WHEN 'car' THEN 3 ELSE 2 END; -- nobody else has said so

-- +goose Down
ALTER TABLE couriers DROP COLUMN capacity_most;
