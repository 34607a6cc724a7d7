import { connect, type Socket } from "node:net";

/** The address of the endpoint under abuse. It is always on loopback. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

export function targetOf(base: string): Target {
  const { hostname, port } = new URL(base);
  return { host: hostname, port: Number(port) };
}

/** A connection on which errors are expected. */
export function openSocket(target: Target): Socket {
  return connect(target).on("error", () => {});
}

/** Opens `count` connections in batches of 100. Some of them may be closed again when this resolves. */
export async function openMany(target: Target, count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(100, count - sockets.length) }, () => openSocket(target));
    await Promise.all(batch.map(isSettled));
    sockets.push(...batch);
  }
  return sockets;
}

function isSettled(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("connect", () => resolve()).once("close", () => resolve());
  });
}

/** Sends bytes. Returns everything that arrives before the other side closes or the time limit passes. */
export function exchange(target: Target, bytes: string | Buffer, limitMs = 3000): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = openSocket(target);
    const timer = setTimeout(() => socket.destroy(), limitMs);
    socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(text);
    });
    socket.end(bytes);
  });
}
