/** The server is of another kind than the URL says. */
export class ForeignServerError extends Error {
  override readonly name = "ForeignServerError";

  /** @param looksLike the likely kind of server, such as `MySQL` or `a web server` */
  constructor(speaks: string, looksLike: string) {
    super(`the server there does not speak ${speaks}: it looks like ${looksLike}`);
  }
}

export const foreignServerFix = "Check the scheme, the host and the port of the URL.";

/** Names a server by the first bytes that it sends. Undefined if they fit several kinds. */
export function nameServer(answer: Buffer): string | undefined {
  if (isMysqlGreeting(answer)) return "MySQL";
  if (answer[0] === tlsAlert && answer[1] === tlsMajor) return "a port that expects TLS from the first byte";
  const text = answer.subarray(0, 64).toString("latin1");
  return greetings.find(([, pattern]) => pattern.test(text))?.[0];
}

const tlsAlert = 0x15;
const tlsMajor = 0x03;

const greetings: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["a web server", /^HTTP\/\d/],
  ["an SSH server", /^SSH-\d/],
  ["Redis", /^(?:-ERR |-NOAUTH |-DENIED |-NOPERM |-MISCONF |-LOADING |\+PONG|\+OK\r|\$\d+\r\n)/],
  ["a mail or FTP server", /^220[ -]/],
  ["RabbitMQ", /^AMQP/],
  ["Postgres", /^E\0\0[^]{2}S(?:FATAL|ERROR|PANIC)/],
];

/** https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets.html: number 0, then version 10, or an error from 1000 to 1279. */
function isMysqlGreeting(answer: Buffer): boolean {
  const isFirstPacket = answer.length > 6 && answer[2] === 0 && answer[3] === 0;
  return isFirstPacket && ((answer[4] === 0x0a && answer[1] === 0) || (answer[4] === 0xff && answer[6] === 0x04));
}
