/** Hides passwords in text that is about to be printed. */
export interface Redactor {
  readonly redact: (text: string) => string;
  /** Hides `secret` from now on, wherever it stands as a word of its own. */
  readonly add: (secret: string) => void;
}

const mask = "***";

/** The user part of a URL, up to the last @ before the path: a password may itself hold an @ that nobody encoded. */
const passwordInUrl = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@"']*):[^\s/"']*@/gi;

/** The parameters of a URL or a connection string that carry a secret. */
const secretParameter = /\b(password|passwd|sslpassword|secret|token|api_?key)=[^\s&;"']+/gi;

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  return {
    add(secret) {
      // A shorter word would hide half of the log and protect nothing.
      if (secret.length >= 3) secrets.add(secret);
    },
    redact(text) {
      let out = text.replace(passwordInUrl, `$1:${mask}@`).replace(secretParameter, `$1=${mask}`);
      for (const secret of secrets) out = hideWord(out, secret);
      return out;
    },
  };
}

/** As a word only: a password "post" must not turn "postgres" into "***gres". */
function hideWord(text: string, secret: string): string {
  if (!text.includes(secret)) return text;
  const literal = secret.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  return text.replace(new RegExp(String.raw`(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])`, "g"), mask);
}
