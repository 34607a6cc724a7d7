CREATE TABLE products (
  id integer PRIMARY KEY,
  name text NOT NULL,
  price numeric(10, 2) NOT NULL
);
INSERT INTO products
SELECT n, (ARRAY['rope', 'lantern', 'compass'])[1 + n % 3], n FROM generate_series(1, 1000) AS n;
