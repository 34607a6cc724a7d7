"""As many apps do at their start: change the table to the form that this release expects."""

import server

SQL = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'products' AND column_name = 'price') THEN
    ALTER TABLE products ALTER COLUMN price TYPE integer USING price * 100;
    ALTER TABLE products RENAME COLUMN price TO cents;
  END IF;
END $$;
SELECT
"""

server.query(SQL)
