import { command } from "./command.ts";
import { file } from "./file.ts";
import { http } from "./http.ts";
import { release } from "./release.ts";
import { schema } from "./schema.ts";
import { server } from "./server.ts";
import { tcp } from "./tcp.ts";

/** The settings of each kind of dependency. The behaviour of a kind is in src/dependencies/kinds/. */
export const kinds = { schema, release, server, http, file, command, tcp } as const;
