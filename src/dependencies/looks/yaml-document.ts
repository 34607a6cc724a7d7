/** What a file's version needs of the YAML library: named here, the rest of it is not in the bundle. */
export { FAILSAFE_SCHEMA, load } from "js-yaml";
