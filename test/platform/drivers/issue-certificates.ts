import { chmodSync, writeFileSync } from "node:fs";
import { createAuthority, protectKey } from "../../harness/certificates.ts";
import { scratchPath } from "../../harness/scratch.ts";

export const authority = createAuthority("tls");
const stranger = createAuthority("stranger");
const client = authority.issue("by_cert");

/** Writes a client file with the mode that libpq requires for keys. */
function file(name: string, text: string, mode = 0o600): string {
  const path = scratchPath(name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

export const ca = authority.file;
export const other = stranger.file;
export const cert = file("client.pem", client.cert);
export const key = file("client.key", client.key);
export const openKey = file("open.key", client.key, 0o644);
export const protectedKey = file("protected.key", protectKey(client.key, "key-password"));
export const strangersCert = file("strangers.pem", stranger.issue("by_cert").cert);
export const emptyCrl = authority.revoke(authority.issue("revoked"));
export const crl = authority.revoke(authority.server);
export const ours = `sslcert=${cert}&sslkey=${key}`;
