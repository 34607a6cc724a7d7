import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { scratchPath } from "./scratch.ts";

export interface Authority {
  /** File with its certificate, in PEM. */
  readonly file: string;
  /** A certificate for 127.0.0.1 that it has signed. */
  readonly server: { readonly key: string; readonly cert: string };
}

/** A certificate authority of our own, and a server's certificate by it, made with openssl. */
export function createAuthority(name: string): Authority {
  const path = (file: string) => scratchPath(`${name}-${file}`);
  const authority = { key: path("ca.key"), cert: path("ca.pem") };
  const server = {
    key: path("server.key"),
    request: path("server.csr"),
    cert: path("server.pem"),
    names: path("names"),
  };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const openssl = (...parameters: readonly string[]) => execFileSync("openssl", parameters, { stdio: "pipe" });
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    authority.key,
    "-out",
    authority.cert,
    "-subj",
    `/CN=${name}`,
    "-days",
    "2",
  );
  openssl("req", ...newKey, "-keyout", server.key, "-out", server.request, "-subj", "/CN=server");
  writeFileSync(server.names, "subjectAltName=IP:127.0.0.1");
  const signing = ["-CA", authority.cert, "-CAkey", authority.key, "-set_serial", "2", "-days", "2"];
  openssl("x509", "-req", "-in", server.request, ...signing, "-extfile", server.names, "-out", server.cert);
  const read = (file: string) => readFileSync(file, "utf8");
  return { file: authority.cert, server: { key: read(server.key), cert: read(server.cert) } };
}
