/** Internal flag: seaworthy starts itself with it to become an app (platform/processes/launch.ts). */
export const launchFlag = "--launch";
