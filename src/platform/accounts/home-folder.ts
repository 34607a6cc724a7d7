import { homedir } from "node:os";

/** The user's home; undefined in an image without HOME and without an entry in /etc/passwd, such as `FROM scratch`. */
export function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
