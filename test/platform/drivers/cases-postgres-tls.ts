import {
  ca,
  cert,
  crl,
  emptyCrl,
  key,
  openKey,
  other,
  ours,
  protectedKey,
  strangersCert,
} from "./issue-certificates.ts";

export interface Row {
  readonly user?: string;
  readonly host?: string;
  readonly query: string;
  /** True: encrypted. False: plain. A pattern: the refusal. */
  readonly expected: true | false | RegExp;
  /** Whether libpq 15 does not know the parameter. */
  readonly isNew?: true;
}

export const withTls: readonly Row[] = [
  { query: "", expected: true },
  { query: "sslmode=disable", expected: false },
  { query: "sslmode=allow", expected: false },
  { query: "sslmode=prefer", expected: true },
  { query: "sslmode=require", expected: true },
  { query: `sslmode=verify-ca&sslrootcert=${ca}`, expected: true },
  { query: `sslmode=verify-full&sslrootcert=${ca}`, expected: true },
  // The certificate is for 127.0.0.1.
  { host: "localhost", query: "sslmode=require", expected: true },
  { host: "localhost", query: `sslmode=verify-ca&sslrootcert=${ca}`, expected: true },
  { host: "localhost", query: `sslmode=verify-full&sslrootcert=${ca}`, expected: /altnames|does not match/ },
  { query: `sslmode=verify-ca&sslrootcert=${other}`, expected: /certificate/ },
  { query: `sslmode=verify-full&sslrootcert=${other}`, expected: /certificate/ },
  { query: "sslmode=verify-ca", expected: /needs sslrootcert/ },
  { query: "sslmode=verify-full", expected: /certificate/ },
  { query: "sslmode=verify-full&sslrootcert=/no/such/file", expected: /ENOENT/ },
  { query: "sslrootcert=system", expected: /certificate/, isNew: true },
  // require verifies the certificate only with an authority's file.
  { query: `sslmode=require&sslrootcert=${ca}`, expected: true },
  { host: "localhost", query: `sslmode=require&sslrootcert=${ca}`, expected: true },
  { query: `sslmode=require&sslrootcert=${other}`, expected: /certificate/ },
  { query: "sslmode=require&sslrootcert=/no/such/file", expected: true },
  { query: `sslmode=prefer&sslrootcert=${other}`, expected: false },
  { query: `sslmode=verify-ca&sslrootcert=${ca}&sslcrl=${crl}`, expected: /revoked/ },
  { query: `sslmode=verify-ca&sslrootcert=${ca}&sslcrl=${emptyCrl}`, expected: true },
  { query: "sslmode=require&ssl_min_protocol_version=TLSv1.3", expected: true },
  // pg_hba.conf: hostssl, hostnossl
  { user: "only_tls", query: "", expected: true },
  { user: "only_tls", query: "sslmode=disable", expected: /no encryption/ },
  { user: "only_tls", query: "sslmode=allow", expected: true },
  { user: "only_tls", query: `sslmode=prefer&sslrootcert=${other}`, expected: /no encryption/ },
  { user: "only_plain", query: "", expected: false },
  { user: "only_plain", query: "sslmode=allow", expected: false },
  { user: "only_plain", query: "sslmode=require", expected: /SSL encryption/ },
  { user: "only_plain", query: "sslmode=disable", expected: false },
  // Client certificates
  { user: "by_cert", query: `sslmode=require&${ours}`, expected: true },
  { user: "by_cert", query: ours, expected: true },
  { user: "by_cert", query: "sslmode=require", expected: /certificate/ },
  { user: "by_cert", query: `sslmode=require&sslcert=${cert}&sslkey=${openKey}`, expected: /other users can read/ },
  { user: "by_cert", query: `sslmode=require&sslcert=${cert}`, expected: /has no private key/ },
  {
    user: "by_cert",
    query: `sslmode=require&sslcert=${strangersCert}&sslkey=${key}`,
    expected: /key values mismatch|mismatch/,
  },
  {
    user: "by_cert",
    query: `sslmode=require&sslcert=${cert}&sslkey=${protectedKey}&sslpassword=key-password`,
    expected: true,
  },
  {
    user: "by_cert",
    query: `sslmode=require&sslcert=${cert}&sslkey=${protectedKey}&sslpassword=wrong`,
    expected: /bad decrypt|decrypt/,
  },
  { user: "by_cert", query: `sslmode=require&${ours}&sslcertmode=disable`, expected: /certificate/, isNew: true },
  // Parameters of other clients
  { query: "ssl=true", expected: true },
  { query: "ssl=no-verify", expected: true, isNew: true },
];

export const withoutTls: readonly Row[] = [
  { query: "", expected: false },
  { query: "sslmode=disable", expected: false },
  { query: "sslmode=allow", expected: false },
  { query: "sslmode=prefer", expected: false },
  { query: `sslmode=prefer&sslrootcert=${ca}`, expected: false },
  { query: "sslmode=require", expected: /the server does not support TLS/ },
  { query: `sslmode=verify-ca&sslrootcert=${ca}`, expected: /the server does not support TLS/ },
  { query: `sslmode=verify-full&sslrootcert=${ca}`, expected: /the server does not support TLS/ },
  { query: "ssl=true", expected: /the server does not support TLS/ },
  { user: "only_tls", query: "", expected: /no encryption/ },
];
