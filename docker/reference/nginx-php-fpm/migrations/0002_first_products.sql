INSERT INTO products (name) VALUES ('lamp'), ('chair');
