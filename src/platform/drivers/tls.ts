import { readFileSync, statSync } from "node:fs";
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { Tls } from "../../urls/tls.ts";

/** The options of Node's TLS for a server at `host`. Throws if a file cannot be read or is invalid. */
export async function tlsOptions(tls: Tls, host: string): Promise<ConnectionOptions> {
  const { createSecureContext } = await import("node:tls");
  const verifies = tls.mode === "verify-ca" || tls.mode === "verify-full";
  return {
    host,
    rejectUnauthorized: verifies,
    // The name that the client sends must not be an IP address (RFC 6066, section 3).
    ...(isIP(host) === 0 && tls.sendsName !== false && { servername: host }),
    ...(tls.mode !== "verify-full" && { checkServerIdentity: () => undefined }),
    secureContext: createSecureContext({
      ...(verifies && { ca: await authorities(tls.ca) }),
      ...(verifies && tls.crl !== undefined && { crl: readFileSync(tls.crl) }),
      ...(tls.cert !== undefined && { cert: readFileSync(tls.cert) }),
      ...(tls.key !== undefined && { key: readFileSync(tls.key) }),
      ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
      ...(tls.minVersion !== undefined && { minVersion: tls.minVersion }),
      ...(tls.maxVersion !== undefined && { maxVersion: tls.maxVersion }),
    }),
  };
}

/** The machine's authorities, and Node's built-in ones: an image `FROM scratch` has none. */
async function authorities(file: string | undefined): Promise<Buffer | string[]> {
  if (file !== undefined && file !== "system") return readFileSync(file);
  const { getCACertificates } = await import("node:tls");
  return [...getCACertificates("system"), ...getCACertificates("default")];
}

/** libpq's rule (https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-CLIENTCERT). Throws if it is violated. */
export function checkKeyFile(path: string): void {
  const { uid, mode } = statSync(path);
  const forbidden = uid === 0 ? 0o027 : 0o077;
  if ((mode & forbidden) === 0) return;
  throw new Error(
    `other users can read the private key ${path}. Set its mode to 0600, or to 0640 if it belongs to root`,
  );
}

/** OpenSSL's words for bytes that are no TLS. */
export function isNoTls(text: string): boolean {
  return /wrong version number|packet length too long|record layer failure/i.test(text);
}
