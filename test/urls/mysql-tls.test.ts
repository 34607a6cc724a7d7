import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readUrl } from "../../src/urls/read.ts";

describe("TLS in a MySQL URL", () => {
  const rows: readonly (readonly [query: string, expected: object | string])[] = [
    ["", { mode: "prefer" }],
    ["ssl-mode=DISABLED", { mode: "disable" }],
    ["ssl-mode=PREFERRED", { mode: "prefer" }],
    ["ssl-mode=REQUIRED", { mode: "require" }],
    ["ssl_mode=required", { mode: "require" }],
    ["sslmode=require", { mode: "require" }],
    ["sslMode=VERIFY_CA&ssl-ca=/ca", { mode: "verify-ca", ca: "/ca" }],
    ["ssl-mode=VERIFY_IDENTITY&ssl_ca=/ca", { mode: "verify-full", ca: "/ca" }],
    ["sslMode=trust", { mode: "require" }],
    ["ssl-ca=/ca", { mode: "verify-ca", ca: "/ca" }],
    ["ssl-mode=REQUIRED&ssl-ca=/ca", { mode: "require", ca: "/ca" }],
    ["ssl-ca=/ca&ssl-cert=/c&ssl-key=/k", { mode: "verify-ca", ca: "/ca", cert: "/c", key: "/k" }],
    ["ssl_ca=/ca&ssl_cert=/c", { mode: "verify-ca", ca: "/ca", cert: "/c" }],
    ["useSSL=true", { mode: "require" }],
    ["useSSL=false", { mode: "disable" }],
    ["useSSL=true&requireSSL=true", { mode: "require" }],
    ["useSSL=true&verifyServerCertificate=true", { mode: "verify-ca" }],
    ["useSSL=true&verifyServerCertificate=false", { mode: "require" }],
    ["tls=true", { mode: "verify-full" }],
    ["tls=skip-verify", { mode: "require" }],
    ["tls=preferred", { mode: "prefer" }],
    ["tls=false", { mode: "disable" }],
    ["ssl=true", { mode: "require" }],
    ["ssl=false", { mode: "disable" }],
    ["ssl={}", { mode: "verify-ca" }],
    [`ssl=${encodeURIComponent('{"rejectUnauthorized":true}')}`, { mode: "verify-ca" }],
    ['ssl={"rejectUnauthorized":false}', { mode: "require" }],
    ['ssl={"rejectUnauthorized":true,"verifyIdentity":true}', { mode: "verify-full" }],
    ["sslaccept=strict", { mode: "verify-full" }],
    ["sslaccept=accept_invalid_certs", { mode: "require" }],
    ["sslaccept=strict&sslcert=/ca", { mode: "verify-full", ca: "/ca" }],
    ["sslcert=/ca", { mode: "verify-ca", ca: "/ca" }],
    ["ssl_verify_cert=true&ssl_ca=/ca", { mode: "verify-ca", ca: "/ca" }],
    ["ssl_verify_identity=true&ssl_ca=/ca", { mode: "verify-full", ca: "/ca" }],
    ["tls=custom", "the parameter tls must be true, skip-verify,"],
    ["ssl=Amazon%20RDS", "the parameter ssl must be true or false"],
    ['ssl={"ca":"x"}', "ca in the parameter ssl is not supported"],
    ["ssl={", "the parameter ssl must be true, false or JSON"],
    ["ssl-mode=STRICT", "the parameter ssl-mode must be DISABLED,"],
    ["ssl-mode=VERIFY_IDENTITY&sslMode=DISABLED", "the parameter sslMode occurs twice with different values"],
    ["tls=true&tls=false", "the parameter tls occurs twice with different values"],
    ["encrypt=1", "the parameter encrypt is not supported, and seems to ask for TLS"],
    ["ssl-mode=DISABLED&tls=true", "one parameter asks for TLS, and another one forbids it"],
    ["useSSL=false&ssl-mode=REQUIRED", "one parameter asks for TLS, and another one forbids it"],
    ["ssl-mode=DISABLED&ssl-ca=/ca", "ssl-ca needs TLS, and another parameter forbids it"],
    ["useSSL=false&ssl-cert=/c&ssl-key=/k", "ssl-cert needs TLS, and another parameter forbids it"],
    ["tls=false&sslcert=/ca", "ssl-ca needs TLS, and another parameter forbids it"],
    ["sslaccept=strict&ssl-mode=DISABLED", "one parameter asks for TLS, and another one forbids it"],
    ["useSSL=false&verifyServerCertificate=true", "one parameter asks for TLS, and another one forbids it"],
    ["ssl_disabled=true&ssl_verify_cert=true", "one parameter asks for TLS, and another one forbids it"],
    ["ssl-capath=/x", "the parameter ssl-capath is not supported, and seems to ask for TLS"],
    ["ssl-cipher=x", "the parameter ssl-cipher is not supported, and seems to ask for TLS"],
    ["sslidentity=/x.p12", "the parameter sslidentity is not supported, and seems to ask for TLS"],
    ["trustCertificateKeyStoreUrl=file:x", "the parameter trustCertificateKeyStoreUrl is not supported"],
    ["usSSL=true", "the parameter usSSL is not supported, and seems to ask for TLS: did you mean"],
  ];
  for (const [query, expected] of rows) {
    test(query, () => {
      const read = readUrl(`mysql://h/shop?${query}`);
      if (typeof expected === "string")
        return assert.ok("refusal" in read && read.refusal.startsWith(expected), JSON.stringify(read));
      assert.ok("address" in read && read.address.engine === "mysql", JSON.stringify(read));
      assert.deepEqual(read.address.tls, expected);
    });
  }

  test("MariaDB's own driver verifies the name with useSsl, unless it is set to trust all", () => {
    const modeOf = (query: string) => {
      const read = readUrl(`jdbc:mariadb://h/shop?${query}`);
      return "address" in read && read.address.engine === "mysql" ? read.address.tls.mode : JSON.stringify(read);
    };
    assert.deepEqual(["useSsl=true", "useSsl=true&trustServerCertificate=true"].map(modeOf), [
      "verify-full",
      "require",
    ]);
  });
});
