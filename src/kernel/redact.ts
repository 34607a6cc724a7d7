/** Hides passwords in text before it is printed. */
export interface Redactor {
  readonly redact: (text: string) => string;
  /** Hides `secret` from now on: everywhere if it is long, only as a separate word if it is short. */
  readonly add: (secret: string) => void;
}

const mask = "***";

/**
 * The user part of a URL, up to the last @ before the path: a password may contain an unencoded @. A scheme begins after
 * another character: a match from each character of a long word would take the square of its length.
 */
const passwordInUrl = /((?<![a-z0-9+.-])[a-z0-9+.-]+:\/\/[^\s:/?#@"']*):[^\s/"']*@/gi;

/** Parameters of URLs and connection strings, and variables, that carry a secret. A \" of JSON ends the value. */
const secretParameter = /\b(\w*(?:password|passwd|secret|token|api_?key))=(?:[^\s&;"'\\]|\\[^"'])+/gi;

export function createRedactor(): Redactor {
  // The longest first: a secret may contain another one, and must be hidden as a whole.
  let secrets: readonly string[] = [];
  return {
    add(secret) {
      // A shorter secret would hide half of the log and protect nothing.
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

/** Hides short secrets only as separate words: the password "post" must not turn "postgres" into "***gres". */
function hide(text: string, secret: string): string {
  if (!text.includes(secret)) return text;
  if (secret.length >= 8) return text.replaceAll(secret, mask);
  const literal = RegExp.escape(secret);
  return text.replace(new RegExp(String.raw`(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])`, "g"), mask);
}

/** Also matches URLs that cannot be parsed. The password is from the first colon after the user to the last @. */
const userPart = /^(["']?(?:(?:jdbc:)?[^\s:/?#@]+:\/\/)?[^\s:/?#@]*):(?!\/\/)(.*)@/s;

const passwordParameter = /[?&](?:ssl)?password=([^\s&#"']*)/gi;

/** Removes the password. Use it before you cut a value: half a password would not be recognised. */
export function withoutPassword(value: string): string {
  return value.replace(userPart, `$1:${mask}@`).replace(secretParameter, `$1=${mask}`);
}

/** The passwords in a value that may be a URL, both as written and decoded. */
export function passwordsIn(value: string): readonly string[] {
  const url = URL.parse(value);
  const written = userPart.exec(value)?.[2] ?? "";
  const parameters = Array.from(value.matchAll(passwordParameter), ([, text = ""]) => [
    text,
    text.replaceAll("+", " "),
  ]);
  const found = [written, url?.password ?? "", ...parameters.flat()].flatMap((text) => [text, safeDecode(text)]);
  // Do not hide a password that is also the name of the user or the database: that name appears everywhere.
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
