import type { Parameter } from "./parts.ts";
import { Refusal } from "./refusal.ts";
import { readChoice, readFile, readFlag, refuseValue, type Taker, type Tls, type TlsMode } from "./tls.ts";

/** The modes of MySQL's own clients, of MariaDB's connectors and of libpq. */
const modes: ReadonlyMap<string, TlsMode> = new Map([
  ["disabled", "disable"],
  ["disable", "disable"],
  ["preferred", "prefer"],
  ["prefer", "prefer"],
  ["required", "require"],
  ["require", "require"],
  ["trust", "require"],
  ["verify_ca", "verify-ca"],
  ["verify-ca", "verify-ca"],
  ["verify_identity", "verify-full"],
  ["verify-identity", "verify-full"],
  ["verify-full", "verify-full"],
  ["verify_full", "verify-full"],
]);
const modeWords = "DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY";

const strength: readonly TlsMode[] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/**
 * Reads the TLS parameters of a MySQL URL, in the notation of any client. If there are several, the strictest counts: a URL
 * that asks for TLS never connects without it.
 */
export function readMysqlTls(taker: Taker, isMariadbJdbc: boolean): Tls {
  const { take, has } = taker;
  const file = (...names: readonly string[]) => {
    const parameter = take(...names);
    return parameter && readFile(parameter);
  };
  const asked: (TlsMode | undefined)[] = [];
  const mode = take("sslmode");
  if (mode !== undefined) asked.push(modes.get(mode.value.toLowerCase()) ?? refuseValue(mode.name, modeWords));
  asked.push(readGo(take("tls")), ...readLegacy(taker, isMariadbJdbc), ...readPython(taker));
  const ssl = readSsl(take("ssl"));
  asked.push(ssl.mode);
  // Prisma's sslcert is the authority's certificate. With a key beside it, it is the client's.
  const accept = take("sslaccept");
  const isPrisma = accept !== undefined || (taker.left.get("sslcert")?.name === "sslcert" && !has("sslkey"));
  if (accept !== undefined)
    asked.push(readChoice(accept, ["strict", "accept_invalid_certs"]) === "strict" ? "verify-full" : "require");
  const ca = (isPrisma ? file("sslcert") : undefined) ?? file("sslca", "sslrootcert", "serversslcert");
  const [cert, key, passphrase] = [file("sslcert"), file("sslkey"), take("sslpassword")?.value];
  const given = asked.filter((one) => one !== undefined);
  // As in MySQL's own clients, an authority turns on verification, and a client certificate turns on TLS.
  if (given.length === 0 && ca !== undefined) given.push("verify-ca");
  if (given.length === 0 && cert !== undefined) given.push("require");
  const files = { "ssl-ca": ca, "ssl-cert": cert, "ssl-key": key };
  const needless = (Object.keys(files) as (keyof typeof files)[]).find((name) => files[name] !== undefined);
  if (given.includes("disable") && needless !== undefined)
    throw new Refusal(`${needless} needs TLS, and another parameter forbids it: remove one of them`);
  if (given.includes("disable") && given.some((one) => strength.indexOf(one) > strength.indexOf("prefer")))
    throw new Refusal(`one parameter asks for TLS, and another one forbids it: keep only ssl-mode, ${modeWords}`);
  const strictest = given.toSorted((a, b) => strength.indexOf(b) - strength.indexOf(a))[0] ?? "prefer";
  return {
    mode: strictest,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
  };
}

/** Go's driver. `tls=custom` names a configuration inside the app, which seaworthy cannot read. */
function readGo(tls: Parameter | undefined): TlsMode | undefined {
  if (tls === undefined) return undefined;
  switch (tls.value.toLowerCase()) {
    case "true":
    case "1":
      return "verify-full";
    case "false":
    case "0":
      return "disable";
    case "skip-verify":
      return "require";
    case "preferred":
      return "prefer";
    default:
      return refuseValue(
        tls.name,
        "true, skip-verify, preferred or false; for a private authority, write ssl-mode and ssl-ca",
      );
  }
}

/** Connector/J before sslMode. There, `useSSL` alone would fall back to plain text. */
function readLegacy({ take }: Taker, isMariadbJdbc: boolean): readonly (TlsMode | undefined)[] {
  const [use, requires, verifies, trusts] = [
    take("usessl"),
    take("requiressl"),
    take("verifyservercertificate"),
    take("trustservercertificate"),
  ];
  const trustsAll = trusts !== undefined && readFlag(trusts);
  const used = isMariadbJdbc && !trustsAll && verifies === undefined ? "verify-full" : "require";
  const isOff = use !== undefined && !readFlag(use);
  return [
    use && (isOff ? "disable" : used),
    requires && readFlag(requires) ? "require" : undefined,
    verifies && readFlag(verifies) ? "verify-ca" : undefined,
    trustsAll && !isOff ? "require" : undefined,
  ];
}

/** The parameters of PyMySQL and mysqlclient. */
function readPython({ take }: Taker): readonly (TlsMode | undefined)[] {
  const [verifies, identity, disabled] = [
    take("sslverifycert"),
    take("sslverifyidentity", "sslcheckhostname"),
    take("ssldisabled"),
  ];
  return [
    verifies && readFlag(verifies) ? "verify-ca" : undefined,
    identity && readFlag(identity) ? "verify-full" : undefined,
    disabled && readFlag(disabled) ? "disable" : undefined,
  ];
}

/** A flag, or mysql2's `ssl` object in JSON. */
function readSsl(ssl: Parameter | undefined): { readonly mode?: TlsMode } {
  if (ssl === undefined) return {};
  const { name, value } = ssl;
  if (!value.startsWith("{")) {
    const byName = modes.get(value.toLowerCase());
    if (byName !== undefined) return { mode: byName };
    if (!/^(true|1|yes|on|false|0|no|off)$/i.test(value))
      return refuseValue(name, `true or false; otherwise write ssl-mode and ssl-ca`);
    return { mode: readFlag(ssl) ? "require" : "disable" };
  }
  const profile = parseJson(name, value);
  const unknown = Object.keys(profile).find((key) => key !== "rejectUnauthorized" && key !== "verifyIdentity");
  if (unknown !== undefined)
    throw new Refusal(
      `${unknown} in the parameter ${name} is not supported: write ssl-mode, ssl-ca, ssl-cert and ssl-key`,
    );
  if (profile["rejectUnauthorized"] === false) return { mode: "require" };
  return { mode: profile["verifyIdentity"] === true ? "verify-full" : "verify-ca" };
}

function parseJson(name: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return refuseValue(name, `true, false or JSON, as in {"rejectUnauthorized":true}`);
  }
}
