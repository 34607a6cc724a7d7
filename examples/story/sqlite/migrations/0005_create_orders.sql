-- Expand: a new table, which version 1 does not use.
CREATE TABLE orders (
  id integer PRIMARY KEY,
  product integer NOT NULL REFERENCES products,
  amount integer NOT NULL CHECK (amount > 0),
  ordered_at text NOT NULL DEFAULT CURRENT_TIMESTAMP
);
