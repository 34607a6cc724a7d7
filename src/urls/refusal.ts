/** A URL that cannot be obeyed. The message names the parameter, never a secret. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
