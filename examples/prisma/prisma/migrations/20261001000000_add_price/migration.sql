-- Expand: the running version does not write it, so it has to be allowed to be NULL.
ALTER TABLE "Product" ADD COLUMN "price" INTEGER;
