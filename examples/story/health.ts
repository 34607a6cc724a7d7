import { get } from "./ask.ts";

/** The parts of a health+json answer that the story uses. */
export interface Health {
  readonly status: number;
  /** Names of migrations that are not applied. */
  readonly pending: readonly string[];
  /** One line for each dependency that is not compatible. */
  readonly reasons: readonly string[];
}

interface HealthDocument {
  readonly checks?: Readonly<Record<string, readonly HealthCheck[]>>;
}

interface HealthCheck {
  readonly componentId: string;
  readonly verdict: string;
  readonly output?: string;
  readonly pending?: readonly string[];
}

/** Undefined if there is no answer (yet). */
export async function getHealth(url: string, signal: AbortSignal): Promise<Health | undefined> {
  const answer = await get(url, signal);
  if (answer === undefined) return undefined;
  const checks = Object.values(parse(answer.body).checks ?? {}).flat();
  return {
    status: answer.status,
    pending: checks.flatMap(({ pending = [] }) => pending),
    reasons: checks.flatMap(({ componentId, verdict, output }) =>
      output === undefined ? [] : [`${componentId} is ${verdict}: ${output}`],
    ),
  };
}

function parse(body: string): HealthDocument {
  try {
    return JSON.parse(body) as HealthDocument;
  } catch {
    return {};
  }
}
