"""Release 1: the price in euros."""

READ = "SELECT name, (price * 100)::integer FROM products WHERE id = %s"
WRITE = "UPDATE products SET price = %s / 100.0 WHERE id = %s RETURNING name, (price * 100)::integer"
