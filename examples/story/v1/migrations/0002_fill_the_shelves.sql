INSERT INTO products (name) VALUES ('rope'), ('lantern'), ('compass');
