-- In a migration of its own: the lock that adding the column took is free again. A large table is filled in batches.
UPDATE products SET stock = 4 + length(name) WHERE stock = 0;
