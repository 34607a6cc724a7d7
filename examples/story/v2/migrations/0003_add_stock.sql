-- Expand: a column with a default. Version 1 neither reads nor writes it.
ALTER TABLE products ADD COLUMN stock integer NOT NULL DEFAULT 0;
