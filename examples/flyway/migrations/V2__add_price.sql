-- Expand: the running version does not write this column, so it must allow NULL.
ALTER TABLE products ADD COLUMN price integer;
