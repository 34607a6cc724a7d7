-- Expand: fills the column in older rows. Touching a row is enough: the trigger does the rest.
UPDATE products SET price = price WHERE cents IS NULL;
