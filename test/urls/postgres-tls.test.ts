import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readUrl } from "../../src/urls/read.ts";

describe("TLS in a Postgres URL", () => {
  const rows: readonly (readonly [query: string, expected: object | string])[] = [
    ["", {}],
    ["sslmode=disable", { mode: "disable" }],
    ["sslmode=allow", { mode: "allow" }],
    ["sslmode=prefer", { mode: "prefer" }],
    ["sslmode=require", { mode: "require" }],
    ["sslmode=verify-ca&sslrootcert=/ca", { mode: "verify-ca", ca: "/ca" }],
    ["sslmode=verify-full&sslrootcert=/ca", { mode: "verify-full", ca: "/ca" }],
    ["sslrootcert=system", { ca: "system" }],
    ["sslmode=VERIFY-FULL", { mode: "verify-full" }],
    ["sslMode=require", { mode: "require" }],
    ["sslmode=require&uselibpqcompat=true", { mode: "require" }],
    ["sslmode=require&sslmode=require", { mode: "require" }],
    ["ssl=true&sslmode=verify-full", { mode: "verify-full" }],
    ["ssl=false&sslmode=require", { mode: "require" }],
    ["sslcert=/c&sslkey=/k&sslpassword=p&sslcrl=/r", { cert: "/c", key: "/k", passphrase: "p", crl: "/r" }],
    ["sslcert=/c&sslkey=/k&sslcertmode=disable", {}],
    ["sslsni=0", { sendsName: false }],
    ["sslmode=require&sslnegotiation=direct", { mode: "require", isDirect: true }],
    ["ssl_min_protocol_version=TLSv1.3", { minVersion: "TLSv1.3" }],
    // Parameters of other clients
    ["ssl=true", { mode: "require" }],
    ["ssl=1", { mode: "require" }],
    ["ssl=false", { mode: "disable" }],
    ["ssl=verify-full", { mode: "verify-full" }],
    ["ssl=no-verify", { mode: "require" }],
    ["sslmode=no-verify", { mode: "require" }],
    ["sslmode=require&sslaccept=strict&sslcert=/ca", { mode: "verify-full", ca: "/ca" }],
    ["sslaccept=accept_invalid_certs&sslmode=require", { mode: "require" }],
    // Never weaker, and never ignored
    ["sslmode=require&sslmode=disable", "the parameter sslmode occurs twice with different values"],
    ["sslmode=disable&ssl-mode=require", "the parameter ssl-mode occurs twice with different values"],
    ["ssl=true&sslmode=disable", "ssl asks for TLS, and sslmode=disable does not"],
    ["ssl=verify-full&sslmode=prefer", "ssl asks for TLS, and sslmode=prefer does not"],
    ["sslaccept=strict&sslmode=disable", "sslaccept needs TLS, and sslmode=disable turns it off"],
    ["sslmode=disable&sslaccept=accept_invalid_certs", "sslaccept needs TLS, and sslmode=disable turns it off"],
    ["sslmode=disable&sslrootcert=/ca", "sslrootcert needs TLS, and sslmode=disable turns it off"],
    ["ssl=false&sslcert=/c&sslkey=/k", "sslcert needs TLS, and sslmode=disable turns it off"],
    ["sslcrl=/r&sslmode=disable", "sslcrl needs TLS, and sslmode=disable turns it off"],
    ["channel_binding=require&sslmode=disable", "channel_binding=require needs TLS, and sslmode=disable turns it off"],
    ["sslaccept=strict&ssl=false", "the parameter ssl is not supported, and seems to ask for TLS"],
    ["encrypt=true", "the parameter encrypt is not supported, and seems to ask for TLS: write sslmode"],
    ["sslmode=requires", "the parameter sslmode must be one of disable, allow,"],
    ["sslmode=", "the parameter sslmode must be one of disable, allow,"],
    ["sslmode=require&sslrootcert=system", "sslmode=require is too weak for sslrootcert=system"],
    ["sslmode=prefer&sslnegotiation=direct", "sslmode=prefer is too weak for sslnegotiation=direct"],
    ["sslrootcert=", "the parameter sslrootcert must be the path of a file"],
    ["sslmod=require", "the parameter sslmod is not supported, and seems to ask for TLS: did you mean sslmode?"],
    ["tls=true", "the parameter tls is not supported, and seems to ask for TLS: write sslmode and its files"],
    ["useSSL=true", "the parameter useSSL is not supported, and seems to ask for TLS: write sslmode and its files"],
    ["requiressl=1", "the parameter requiressl is not supported: write sslmode=require"],
    ["sslcrldir=/x", "the parameter sslcrldir is not supported"],
    ["sslidentity=/x.p12", "the parameter sslidentity is not supported"],
    ["sslfactory=org.postgresql.ssl.NonValidatingFactory", "the parameter sslfactory is not supported"],
    ["sslcertmode=require", "the parameter sslcertmode must be disable or allow"],
    ["ssl=maybe", "the parameter ssl must be true or false"],
  ];
  for (const [query, expected] of rows) {
    test(query, () => {
      const read = readUrl(`postgres://h/shop?${query}`);
      if (typeof expected === "string")
        return assert.ok("refusal" in read && read.refusal.startsWith(expected), JSON.stringify(read));
      assert.ok("address" in read && read.address.engine === "postgres", JSON.stringify(read));
      assert.deepEqual(read.address.tls, expected);
      assert.deepEqual(read.warnings, []);
    });
  }

  test("in JDBC, ssl=true means verify-full", () => {
    const read = readUrl("jdbc:postgresql://h/shop?ssl=true");
    assert.ok("address" in read && read.address.engine === "postgres");
    assert.deepEqual(read.address.tls, { mode: "verify-full" });
  });
});
