import type { Node, RoleSpec, RoleSpecType } from "libpg-query";
import type { Scope } from "./scope.ts";

export function rolesIn(nodes: readonly Node[] = []): readonly RoleSpec[] {
  return nodes.flatMap((node) => ("RoleSpec" in node ? [node.RoleSpec] : []));
}

/** CURRENT_USER and the like have no name in the syntax tree and may be any role: never look up the name "" for them. */
export function nameOfRole({ roletype, rolename }: RoleSpec, scope: Scope): string | undefined {
  const isCurrent = roletype === "ROLESPEC_CURRENT_USER" || roletype === "ROLESPEC_CURRENT_ROLE";
  return isCurrent ? scope.currentRole : rolename;
}

/** Whether this upgrade created the role. The previous version cannot run as a new role. */
export function isNewRole({ roletype, rolename }: RoleSpec, scope: Scope): boolean {
  return roletype === "ROLESPEC_CSTRING" && rolename !== undefined && scope.isNew("role", [rolename]);
}

const words: Partial<Record<RoleSpecType, string>> = {
  ROLESPEC_PUBLIC: "PUBLIC",
  ROLESPEC_SESSION_USER: "the session's role",
};

export function showRole({ roletype = "ROLESPEC_CSTRING", rolename }: RoleSpec): string {
  return rolename ?? words[roletype] ?? "the current role";
}

export const showRoles = (roles: readonly RoleSpec[]) => roles.map(showRole).join(", ");
