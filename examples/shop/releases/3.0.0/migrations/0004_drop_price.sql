-- seaworthy: contract 2.0.0
-- Contract: drops the price in euros, which only release 1 uses.
DROP TRIGGER keep_prices_equal ON products;
DROP FUNCTION keep_prices_equal();
ALTER TABLE products DROP COLUMN price;
