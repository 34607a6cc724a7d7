// Version 1 of the shop lists its products.
import { createServer } from "node:http";
import { close, query } from "./database.js";

/** An exit code that cannot come from seaworthy. */
const exitCode = 41;

async function listProducts() {
  const rows = await query("SELECT name FROM products ORDER BY id");
  return rows.map(({ name }) => name).join(", ");
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
