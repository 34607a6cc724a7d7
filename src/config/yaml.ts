/** What the configuration needs of the YAML library: named here, the rest of it is not in the bundle's first file. */
export { load, YAMLException } from "js-yaml";
