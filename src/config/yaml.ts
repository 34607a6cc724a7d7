/** Exports only the needed part of the YAML library, so the bundle's first file leaves out the rest. */
export { load, YAMLException } from "js-yaml";
