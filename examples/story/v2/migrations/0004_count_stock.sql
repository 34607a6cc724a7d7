-- A separate migration: the lock for adding the column is released before. Fill a large table in batches.
UPDATE products SET stock = 4 + length(name) WHERE stock = 0;
