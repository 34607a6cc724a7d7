import { homedir } from "node:os";

/** The user's home; undefined in an image that has neither HOME nor an entry in /etc/passwd, as `FROM scratch`. */
export function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
