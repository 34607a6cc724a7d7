-- Expand: a new table, which version 1 does not use.
CREATE TABLE orders (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  product bigint NOT NULL,
  amount integer NOT NULL CHECK (amount > 0),
  ordered_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  FOREIGN KEY (product) REFERENCES products (id)
);
