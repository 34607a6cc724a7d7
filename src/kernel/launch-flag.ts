/** Not for people: the flag under which seaworthy starts itself to become an app (platform/processes/launch.ts). */
export const launchFlag = "--launch";
