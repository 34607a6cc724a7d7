import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { scratchPath } from "./scratch.ts";

export interface Certificate {
  /** In PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  /** File with its certificate, in PEM. */
  readonly file: string;
  /** A signed certificate for 127.0.0.1. */
  readonly server: Certificate;
  /** Signs a certificate for this common name and these alternative names: `IP:127.0.0.1`, `DNS:localhost`. */
  readonly issue: (commonName: string, names?: string) => Certificate;
  /** Revokes a certificate. Returns the file of the revocation list. */
  readonly revoke: (certificate: Certificate) => string;
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Creates a certificate authority with openssl. */
export function createAuthority(name: string): Authority {
  const path = (file: string) => scratchPath(`${name}-${file}`);
  const own = { key: path("ca.key"), cert: path("ca.pem") };
  openssl("req", "-x509", ...newKey, "-keyout", own.key, "-out", own.cert, "-subj", `/CN=${name}`, "-days", "2");
  let serial = 1;
  const issue: Authority["issue"] = (commonName, names) => {
    const [key, request, cert, extensions] = ["key", "csr", "pem", "names"].map((ending) =>
      path(`${commonName}.${ending}`),
    ) as [string, string, string, string];
    openssl("req", ...newKey, "-keyout", key, "-out", request, "-subj", `/CN=${commonName}`);
    writeFileSync(extensions, names === undefined ? "" : `subjectAltName=${names}`);
    const signing = ["-CA", own.cert, "-CAkey", own.key, "-set_serial", String(++serial), "-days", "2"];
    openssl("x509", "-req", "-in", request, ...signing, "-extfile", extensions, "-out", cert);
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  };
  const revoke: Authority["revoke"] = ({ cert }) => {
    const [config, index, list, revoked] = ["conf", "index", "crl", "revoked.pem"].map(path) as [
      string,
      string,
      string,
      string,
    ];
    writeFileSync(index, "");
    writeFileSync(revoked, cert);
    writeFileSync(config, `[ca]\ndefault_ca=own\n[own]\ndatabase=${index}\ndefault_md=sha256\ndefault_crl_days=2\n`);
    const as = ["-config", config, "-cert", own.cert, "-keyfile", own.key];
    openssl("ca", ...as, "-revoke", revoked);
    openssl("ca", ...as, "-gencrl", "-out", list);
    return list;
  };
  return { file: own.cert, server: issue("server", "IP:127.0.0.1"), issue, revoke };
}

/** Returns a copy of the key, encrypted with a password. */
export function protectKey(key: string, password: string): string {
  const [plain, out] = [scratchPath("plain.key"), scratchPath("protected.key")];
  writeFileSync(plain, key);
  openssl("ec", "-in", plain, "-aes256", "-passout", `pass:${password}`, "-out", out);
  return readFileSync(out, "utf8");
}

function openssl(...parameters: readonly string[]): void {
  execFileSync("openssl", parameters, { stdio: "pipe" });
}
