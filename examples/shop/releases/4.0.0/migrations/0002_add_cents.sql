-- Expand: adds the price in cents next to the price in euros. While releases 1 and 2 both write, a trigger keeps them equal.
ALTER TABLE products ADD COLUMN cents integer;

CREATE FUNCTION keep_prices_equal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.cents IS DISTINCT FROM OLD.cents OR NEW.price IS NULL THEN
    NEW.price := NEW.cents / 100.0;
  ELSE
    NEW.cents := NEW.price * 100;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER keep_prices_equal BEFORE INSERT OR UPDATE ON products
FOR EACH ROW EXECUTE FUNCTION keep_prices_equal();
