-- A mistake: there are products of the same name, so this fails. It shows what a failed upgrade looks like.
ALTER TABLE products ADD CONSTRAINT products_name UNIQUE (name);
