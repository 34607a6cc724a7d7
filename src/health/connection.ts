import type { Socket } from "node:net";
import { parseRequestHead, type RequestHead } from "./request.ts";
import type { HealthResponse } from "./routes.ts";
import { plainResponse, type Serialise } from "./serialise.ts";

/** Limits of one connection, in bytes. A probe's request has a hundred. */
const most = {
  head: 4096,
  /** For pipelined requests, which were sent before the earlier answers were read. */
  waiting: 16_384,
  /** For a body, or anything else that arrives after the last answer. */
  discarded: 65_536,
};

/** In milliseconds. */
const patience = {
  /** From a request's first byte (or the start of the connection) to the end of its head. Also for reading an answer. */
  request: 2000,
  /** Between two requests. */
  idle: 5000,
};

/** How many requests a connection may have answered before other connections get a turn. */
const answersAtOnce = 4;

export interface ConnectionOptions {
  readonly answer: (request: RequestHead) => HealthResponse | Promise<HealthResponse>;
  readonly serialise: Serialise;
}

export interface Connection {
  readonly socket: Socket;
  /** Ends the connection if it is too slow. Call it regularly, with the time in which we could have read or written. */
  readonly endIfSlow: (passedMs: number) => void;
}

type State = "reading" | "answering" | "closing";

/** Answers the requests of one connection, one after the other. Drops each request once it is answered. */
export function serveConnection(socket: Socket, { answer, serialise }: ConnectionOptions): Connection {
  let state: State = "reading";
  let received = "";
  let hadRequest = false;
  let waitedMs = 0;
  let discarded = 0;

  const close = () => {
    state = "closing";
    received = "";
    waitedMs = 0;
    socket.end();
    // Keep reading for a moment if the client still sends: a reset could destroy the answer.
    socket.resume();
  };
  const send = (response: HealthResponse, { head = false, last = false } = {}) => {
    socket.write(serialise(response, { head, last }));
    waitedMs = 0;
    if (last) close();
  };
  const refuse = (status: number) => send(plainResponse(status), { last: true });

  const answerNext = () => {
    if (state !== "reading") return;
    for (let answers = 0; answers < answersAtOnce; answers++) {
      if (socket.writableNeedDrain) return received.length > most.waiting ? refuse(431) : wait();
      const end = endOfHead();
      if (end === undefined) return;
      const request = parseRequestHead(received.slice(0, end));
      received = received.slice(end + 4);
      hadRequest = true;
      if ("refused" in request) return refuse(request.refused);
      if (!respond(request)) return;
    }
    wait();
    setImmediate(resume);
  };

  /** Returns false if the answer is not ready yet, or was the last one. */
  const respond = (request: RequestHead): boolean => {
    const options = { head: request.method === "HEAD", last: !request.keepAlive };
    const response = answer(request);
    if (!(response instanceof Promise)) {
      send(response, options);
      return state === "reading";
    }
    wait();
    response.then(
      (ready) => {
        if (socket.destroyed) return;
        send(ready, options);
        resume();
      },
      () => refuse(500),
    );
    return false;
  };

  const endOfHead = (): number | undefined => {
    // Ignore an empty line before a request (RFC 9112, §2.2).
    if (received.startsWith("\r\n")) received = received.slice(2);
    const end = received.indexOf("\r\n\r\n");
    if (end > most.head || (end === -1 && received.length > most.head)) refuse(431);
    else if (end !== -1) return end;
    return undefined;
  };

  /** Stops reading until the pending requests are answered. */
  const wait = () => {
    if (state !== "reading") return;
    state = "answering";
    socket.pause();
  };
  const resume = () => {
    if (state !== "answering" || socket.destroyed || socket.writableNeedDrain) return;
    state = "reading";
    waitedMs = 0;
    socket.resume();
    answerNext();
  };

  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    if (state === "closing") {
      discarded += text.length;
      if (discarded > most.discarded) socket.destroy();
      return;
    }
    if (received === "") waitedMs = 0;
    received += text;
    answerNext();
  });
  socket.on("drain", resume);
  socket.on("end", () => {
    // A complete request still gets its answer.
    if (state === "reading") close();
  });
  socket.on("error", () => socket.destroy());

  return {
    socket,
    endIfSlow(passedMs) {
      const isIdle = state === "reading" && received === "" && hadRequest;
      waitedMs += passedMs;
      if (waitedMs <= (isIdle ? patience.idle : patience.request)) return;
      if (state === "reading" && received !== "") refuse(408);
      else socket.destroy();
    },
  };
}
