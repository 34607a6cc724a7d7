-- Expand: a column with a default, which version 1 neither reads nor has to write.
ALTER TABLE products ADD COLUMN stock integer NOT NULL DEFAULT 0;
