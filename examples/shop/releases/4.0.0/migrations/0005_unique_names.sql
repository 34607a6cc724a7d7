-- A mistake: several products have the same name, so this fails. It shows a failed upgrade.
ALTER TABLE products ADD CONSTRAINT products_name UNIQUE (name);
