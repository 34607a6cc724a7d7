/** The bundler inserts it from package.json. It is missing in a run from the source. */
declare const SEAWORTHY_VERSION: string | undefined;

export const version = typeof SEAWORTHY_VERSION === "string" ? SEAWORTHY_VERSION : "0.0.0-source";
