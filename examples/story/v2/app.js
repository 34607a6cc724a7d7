// Version 2 of the shop lists its products and their stock.
import { createServer } from "node:http";
import { close, query } from "./database.js";

/** An exit code that cannot come from seaworthy. */
const exitCode = 42;

async function listProducts() {
  const rows = await query("SELECT name, stock FROM products ORDER BY id");
  return rows.map(({ name, stock }) => `${name} (${stock})`).join(", ");
}

const server = createServer((_request, response) => {
  listProducts().then(
    (text) => response.end(`${text}\n`),
    (error) => response.writeHead(500).end(`${error.message}\n`),
  );
});
server.listen(Number(process.env.PORT), "127.0.0.1");

process.on("SIGTERM", () => {
  server.close(() => {
    void close().finally(() => process.exit(exitCode));
  });
});
