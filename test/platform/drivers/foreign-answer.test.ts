import assert from "node:assert/strict";
import { test } from "node:test";
import { nameServer } from "../../../src/platform/drivers/foreign-answer.ts";

/** The first bytes that real servers sent. */
const answers: Readonly<Record<string, string | undefined>> = {
  "J\0\0\0\n8.0.35\0": "MySQL",
  "Y\0\0\0\n5.5.5-10.11.6-MariaDB-0+deb12u1\0": "MySQL",
  // A greeting whose length begins like a Postgres message: R, S, N, E.
  "R\0\0\0\n8.0.35-0ubuntu0.22.04.1\0": "MySQL",
  "N\0\0\0\n8.0.35\0": "MySQL",
  // Too many connections, and a blocked host.
  "\u0017\0\0\0\u00FF\u0010\u0004Too many connections": "MySQL",
  "E\0\0\0\u00FFj\u0004Host '127.0.0.1' is not allowed": "MySQL",
  "\u0015\u0003\u0001\0\u0002\u0002F": "a port that expects TLS from the first byte",
  "HTTP/1.1 400 Bad Request\r\n": "a web server",
  "SSH-2.0-OpenSSH_9.2p1\r\n": "an SSH server",
  "-ERR unknown command\r\n": "Redis",
  "-NOAUTH Authentication required.\r\n": "Redis",
  "220 mail.example.org ESMTP\r\n": "a mail or FTP server",
  "AMQP\0\0\t\u0001": "RabbitMQ",
  "E\0\0\0jSFATAL\0VFATAL\0": "Postgres",
  // Control: the answers of Postgres to its own clients.
  S: undefined,
  N: undefined,
  "R\0\0\0\u0008\0\0\0\0": undefined,
  "R\0\0\0\u0017\0\0\0\nSCRAM-SHA-256\0\0": undefined,
  "R\0\0\0\u000C\0\0\0\u0005salt": undefined,
  // An error of 255 bytes, which is not MySQL's.
  "E\0\0\0\u00FFSFATAL\0": "Postgres",
  "": undefined,
  hello: undefined,
};

for (const [answer, name] of Object.entries(answers))
  test(`${JSON.stringify(answer)} is from ${name ?? "an unknown server"}`, () => {
    assert.equal(nameServer(Buffer.from(answer, "latin1")), name);
  });
