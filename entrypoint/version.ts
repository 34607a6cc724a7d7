/** Put in place by the bundler from package.json; a run from the source has none. */
declare const SEAWORTHY_VERSION: string | undefined;

export const version = typeof SEAWORTHY_VERSION === "string" ? SEAWORTHY_VERSION : "0.0.0-source";
