-- Expand: a new table, which version 1 does not use.
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product bigint NOT NULL REFERENCES products,
  amount integer NOT NULL CHECK (amount > 0),
  ordered_at timestamptz NOT NULL DEFAULT now()
);
