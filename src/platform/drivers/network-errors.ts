/** The reason why there is no session, and the fix. */
export interface Explanation {
  readonly cause: string;
  readonly fix: string;
  /** Whether the problem may end by itself. */
  readonly transient: boolean;
}

/** Explains network errors, which are the same for every protocol. Undefined for other errors. */
export function explainNetwork(code: string | undefined, host: string): Explanation | undefined {
  switch (code) {
    case "ECONNREFUSED":
      return {
        cause: "connection refused",
        fix: "Is the server running, and are host and port right?",
        transient: true,
      };
    case "ENOTFOUND":
      return { cause: `the host name ${host} is not known`, fix: "Check the host in the URL.", transient: true };
    case "EAI_AGAIN":
      return {
        cause: `the host name ${host} could not be looked up: no name server answered`,
        fix: "Check the host in the URL, and the name servers in /etc/resolv.conf.",
        transient: true,
      };
    case "ECONNRESET":
    case "EPIPE":
      return {
        cause: "the connection was closed by the other side",
        fix: "Check that such a server listens there, and check the network.",
        transient: true,
      };
    case "EMFILE":
      return {
        cause: "too many files are open (EMFILE)",
        fix: "Raise the container's limit of open files (ulimit -n).",
        transient: true,
      };
    case "ENFILE":
      return {
        cause: "too many files are open on this machine (ENFILE)",
        fix: "Raise the machine's limit (sysctl fs.file-max).",
        transient: true,
      };
    case undefined:
    default:
      return undefined;
  }
}
