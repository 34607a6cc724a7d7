/** Hides passwords in text that is about to be printed. */
export interface Redactor {
  readonly redact: (text: string) => string;
  /** Hides `secret` from now on: anywhere where it is long, as a word of its own where it is short. */
  readonly add: (secret: string) => void;
}

const mask = "***";

/** The user part of a URL, up to the last @ before the path: a password may itself hold an @ that nobody encoded. */
const passwordInUrl = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@"']*):[^\s/"']*@/gi;

/** The parameters of a URL or a connection string, and the variables, that carry a secret. A \" of JSON ends them. */
const secretParameter = /\b(\w*(?:password|passwd|secret|token|api_?key))=(?:[^\s&;"'\\]|\\[^"'])+/gi;

export function createRedactor(): Redactor {
  // The longest first: one that holds another is to be hidden as a whole.
  let secrets: readonly string[] = [];
  return {
    add(secret) {
      // A shorter word would hide half of the log and protect nothing.
      if (secret.length < 3) return;
      const escaped = JSON.stringify(secret).slice(1, -1);
      const forms = new Set([...secrets, secret, escaped, encodeURIComponent(secret.toWellFormed())]);
      secrets = [...forms].toSorted((a, b) => b.length - a.length);
    },
    redact(text) {
      let out = text;
      for (const secret of secrets) out = hide(out, secret);
      return out.replace(passwordInUrl, `$1:${mask}@`).replace(secretParameter, `$1=${mask}`);
    },
  };
}

/** The password "post" must not turn "postgres" into "***gres". */
function hide(text: string, secret: string): string {
  if (!text.includes(secret)) return text;
  if (secret.length >= 8) return text.replaceAll(secret, mask);
  const literal = RegExp.escape(secret);
  return text.replace(new RegExp(String.raw`(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])`, "g"), mask);
}

/** A value that may be a URL, also one that cannot be parsed: from the first colon after the user to the last @. */
const userPart = /^(["']?(?:(?:jdbc:)?[^\s:/?#@]+:\/\/)?[^\s:/?#@]*):(?!\/\/)(.*)@/s;

const passwordParameter = /[?&](?:ssl)?password=([^\s&#"']*)/gi;

/** The value without its password: to be used before it is cut, since half a password is one that nobody recognises. */
export function withoutPassword(value: string): string {
  return value.replace(userPart, `$1:${mask}@`).replace(secretParameter, `$1=${mask}`);
}

/** The passwords in a value that may be a URL: as written, and decoded. */
export function passwordsIn(value: string): readonly string[] {
  const url = URL.parse(value);
  const written = userPart.exec(value)?.[2] ?? "";
  const parameters = Array.from(value.matchAll(passwordParameter), ([, text = ""]) => [
    text,
    text.replaceAll("+", " "),
  ]);
  const found = [written, url?.password ?? "", ...parameters.flat()].flatMap((text) => [text, safeDecode(text)]);
  // A password that is also the user's or the database's name is no secret that hiding would keep.
  const known = new Set(["", url?.username, url?.hostname, url?.pathname.slice(1)]);
  return found.filter((secret) => !known.has(secret));
}

function safeDecode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
