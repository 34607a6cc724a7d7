/** A URL that seaworthy cannot follow. The message names the parameter, and never contains a secret. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
