-- Expand: what was there before the trigger. The trigger does it; every row only has to be touched.
UPDATE products SET price = price WHERE cents IS NULL;
