import { createServer } from "node:http";
import { Pool } from "pg";

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
// An idle connection broke. The pool opens another when it needs one.
pool.on("error", (error) => console.error(error.message));

const server = createServer((_request, response) => {
  pool.query("SELECT name FROM products ORDER BY id").then(
    ({ rows }) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(rows.map(({ name }) => name)));
    },
    (error) => {
      console.error(error);
      response.writeHead(500).end();
    },
  );
});
server.listen(8080);

// Node exits once all running requests are answered.
process.once("SIGTERM", () => {
  server.close(() => void pool.end());
  server.closeIdleConnections();
});
