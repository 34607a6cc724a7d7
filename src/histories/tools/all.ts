import { golangTools } from "./golang.ts";
import { javascriptTools } from "./javascript.ts";
import { jvmTools } from "./jvm.ts";
import { otherTools } from "./others.ts";
import { phpTools } from "./php.ts";
import { pythonTools } from "./python.ts";
import { rustTools } from "./rust.ts";
import { sqlFirstTools } from "./sql-first.ts";
import type { Tool } from "./tool.ts";

/** Every migration tool whose history seaworthy can read. To add a tool, add one entry to one of these lists. */
export const tools: readonly Tool[] = [
  ...javascriptTools,
  ...sqlFirstTools,
  ...golangTools,
  ...jvmTools,
  ...pythonTools,
  ...phpTools,
  ...rustTools,
  ...otherTools,
];
