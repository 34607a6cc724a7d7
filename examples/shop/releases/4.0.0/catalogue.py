"""Release 4: the price in cents."""

READ = "SELECT name, cents FROM products WHERE id = %s"
WRITE = "UPDATE products SET cents = %s WHERE id = %s RETURNING name, cents"
