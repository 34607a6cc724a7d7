/** Exports only the needed part of the YAML library, so the bundle leaves out the rest. */
export { FAILSAFE_SCHEMA, load } from "js-yaml";
